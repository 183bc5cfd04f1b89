import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../packages/local-aws/src/events/event-pattern.ts';

const PAGE = readFileSync('docs/events.md', 'utf8');

/** The JSON blocks of docs/events.md by the name in the comment before them: `<!-- pattern: release-tags -->`. */
function blocks(kind: 'event' | 'pattern'): ReadonlyMap<string, string> {
  const marked = PAGE.matchAll(new RegExp(`<!-- ${kind}: ([a-z-]+) -->\\n\`\`\`json\\n([\\s\\S]*?)\`\`\``, 'g'));
  return new Map([...marked].map(([, name = '', json = '']) => [name, json]));
}

interface Sample {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, unknown>> & { readonly repository: object; readonly pullRequest?: object };
}

/** The change that a provider's fixture is read as, by its golden file. */
function golden(fixture: string): Readonly<Record<string, unknown>> {
  const parsed = JSON.parse(readFileSync(`packages/providers/src/${fixture}.golden.json`, 'utf8'));
  return { schemaVersion: 1, deliveryId: parsed.deliveryId, connection: 'my-git', ...parsed.changes[0] };
}

const PUSH: Sample = JSON.parse(blocks('event').get('push') ?? '{}');

function push(over: Readonly<Record<string, unknown>> = {}): Sample {
  return { ...PUSH, detail: { ...PUSH.detail, ...over } };
}

function gitHub(fixture: string, over: Readonly<Record<string, unknown>> = {}): Sample {
  const detail = { ...PUSH.detail, ...golden(`github/fixtures/${fixture}`), ...over };
  return { ...PUSH, 'detail-type': fixture.startsWith('pull-request') ? 'Git Pull Request' : 'Git Push', detail };
}

const TEAM = { connection: 'team-a', repository: { ...PUSH.detail.repository, host: 'git.example.com' } };

const SAMPLES: Readonly<Record<string, Sample>> = {
  push: push(),
  'push to service a': push({ changedPaths: ['services/a/deep/x.ts'] }),
  'push to services a and b': push({ changedPaths: ['services/b/y.ts', 'services/a/x.ts'] }),
  'push of documents': push({ changedPaths: ['docs/a.txt', 'services/README.md'] }),
  'push with a list that was cut': push({ changedPaths: ['docs/a.txt'], changedPathsComplete: false }),
  'push to another branch': push({ ref: 'refs/heads/mainline', refName: 'mainline' }),
  'push to a release branch': push({ ref: 'refs/heads/release/2.x', refName: 'release/2.x' }),
  'push of another repository': push({ repository: { ...PUSH.detail.repository, path: 'acme/shop-2' } }),
  'push by another connection': push({ connection: 'my-git-2' }),
  'rewritten branch': gitHub('branch-force', { ref: 'refs/heads/main' }),
  'deleted feature branch': gitHub('branch-delete', { ref: 'refs/heads/feature/cart', after: undefined }),
  'new tag': gitHub('tag-create'),
  'tag of another kind': gitHub('tag-create', { ref: 'refs/tags/nightly' }),
  'deleted tag': gitHub('tag-delete', { ref: 'refs/tags/v1.2.0', after: undefined }),
  'pull request': gitHub('pull-request-opened'),
  'pull request with new commits': gitHub('pull-request-updated'),
  'pull request, merged': gitHub('pull-request-merged'),
  'pull request from a fork': gitHub('pull-request-from-fork'),
  'pull request to another branch': gitHub('pull-request-opened', {
    pullRequest: { ...gitHub('pull-request-opened').detail.pullRequest, targetRef: 'refs/heads/next' },
  }),
  'push of a team': push({ ...TEAM, repository: { ...TEAM.repository, path: 'team-a/sub/app' } }),
  'push of the team by another connection': push({ repository: { ...TEAM.repository, path: 'team-a/sub/app' } }),
  'push of another team by the connection': push({ ...TEAM, repository: { ...TEAM.repository, path: 'team-b/app' } }),
};

/** Of each pattern, all of the samples that match it. */
const MATCHES: Readonly<Record<string, readonly string[]>> = {
  'paths-included': [
    'push to service a',
    'push to services a and b',
    'push with a list that was cut',
    'rewritten branch',
  ],
  'paths-excluded': [
    'push',
    'push to service a',
    'push to services a and b',
    'push with a list that was cut',
    'rewritten branch',
  ],
  'release-tags': ['new tag'],
  'branches-and-tags': [
    'push',
    'push to service a',
    'push to services a and b',
    'push of documents',
    'push with a list that was cut',
    'push to a release branch',
    'rewritten branch',
    'new tag',
  ],
  'pull-requests': ['pull request', 'pull request with new commits'],
  'service-a': ['push to service a', 'push to services a and b', 'push with a list that was cut', 'rewritten branch'],
  'service-b': ['push to services a and b', 'push with a list that was cut', 'rewritten branch'],
  team: ['push of a team'],
  'deleted-branches': ['deleted feature branch'],
  'rewritten-main': ['rewritten branch'],
};

describe('docs/events.md', () => {
  it('shows the events that GitHub fixtures make', () => {
    expect(PUSH).toEqual({
      source: 'gitsource',
      'detail-type': 'Git Push',
      detail: { ...golden('github/fixtures/branch-update'), provider: 'github' },
    });
    const { pullRequest } = golden('github/fixtures/pull-request-opened');
    expect(JSON.parse(blocks('event').get('pull-request') ?? '')).toEqual({ pullRequest });
  });

  it('has a row for every field', () => {
    const rows = [...PAGE.matchAll(/^\| (`[^|]+`) \| (?:yes|no) \|/gm)].flatMap(([, names = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );
    expect(rows.toSorted()).toEqual([...Object.keys(PUSH.detail), 'pullRequest'].toSorted());
  });

  it('says of every pattern what it matches', () => {
    expect([...blocks('pattern').keys()]).toEqual(Object.keys(MATCHES));
  });

  it.each(Object.entries(MATCHES))('%s matches these and no other events', (name, expected) => {
    const matches = compilePattern(blocks('pattern').get(name) ?? '');

    const matching = Object.entries(SAMPLES).filter(([, event]) => matches(JSON.parse(JSON.stringify(event))));
    expect(matching.map(([sample]) => sample)).toEqual(expected);
  });
});
