import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeletePipelineCommand, GetPipelineCommand, UpdatePipelineCommand } from '@aws-sdk/client-codepipeline';
import type { GitEvent } from '@gitsource/events';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchWildcard, parseWildcard } from '../src/wildcard.ts';
import { Account } from './account.ts';
import { FIRST, gitEvent, SECOND } from './git-event.ts';

let account: Account;
let published = 0;

/** Each pipeline with a rule of its own, all on pushes to `group/app`. */
const PIPELINES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  main: {},
  'service-a': { PathIncludes: 'services/a/*,lib/*', PathExcludes: '*.md, lib/generated/*' },
  'no-docs': { PathExcludes: 'docs/*,*.md' },
  releases: { BranchPatterns: '', TagPatterns: 'v*' },
  both: { BranchPatterns: 'main,release/*', TagPatterns: 'v*,nightly' },
};

beforeAll(async () => {
  account = await Account.start();
  for (const [name, parameters] of Object.entries(PIPELINES)) await account.createPipeline(name, parameters);
}, 120_000);
afterAll(() => account.close());

/** What the trigger said of one event: pipeline → `started`, or the reason to skip it. */
async function publish(event: GitEvent, expected: number): Promise<Record<string, unknown>> {
  await account.publish(event);
  published += expected;
  const lines = await account.outcomes(published);
  const own = lines.filter(({ deliveryId }) => deliveryId === event.deliveryId);
  return Object.fromEntries(own.map(({ pipelineName, outcome, reason }) => [pipelineName, reason ?? outcome]));
}

const started = 'started';
const pullRequest = {
  number: 7,
  action: 'opened',
  sourceRef: 'refs/heads/feature',
  targetRef: 'refs/heads/main',
  fromFork: false,
} as const;

describe('the rules of sample-pipeline.yaml and the trigger', () => {
  it.each<[string, Partial<GitEvent>, Record<string, string>]>([
    [
      'a path of service a',
      { changedPaths: ['services/a/deep/x.ts'] },
      { main: started, 'service-a': started, 'no-docs': started, both: started },
    ],
    [
      'a path of service b',
      { changedPaths: ['services/b/x.ts'] },
      { main: started, 'no-docs': started, both: started },
    ],
    ['documents only', { changedPaths: ['docs/a.txt', 'b.md'] }, { main: started, both: started }],
    [
      'an included path that is excluded',
      { changedPaths: ['lib/README.md'] },
      { main: started, 'service-a': 'paths', both: started },
    ],
    [
      'one path included and excluded, another neither',
      { changedPaths: ['lib/generated/x', 'other/y'] },
      { main: started, 'service-a': 'paths', 'no-docs': started, both: started },
    ],
    [
      'one path included, another excluded',
      { changedPaths: ['x.md', 'lib/y'] },
      { main: started, 'service-a': started, 'no-docs': started, both: started },
    ],
    [
      'a list that was cut',
      { changedPaths: ['z.md'], changedPathsComplete: false },
      { main: started, 'service-a': started, 'no-docs': started, both: started },
    ],
    ['no path at all', { changedPaths: [] }, { main: started, both: started }],
    ['a tag', { ref: 'refs/tags/v1.0' }, { releases: started, both: started }],
    ['a tag of an exact name', { ref: 'refs/tags/nightly' }, { both: started }],
    ['a branch below a wildcard', { ref: 'refs/heads/release/1.x/fix' }, { both: started }],
    [
      'a commit that asks for no build',
      { changedPaths: ['services/a/x'], skipCi: true },
      { main: 'skip-ci', 'service-a': 'skip-ci', 'no-docs': 'skip-ci', both: 'skip-ci' },
    ],
    ['another tag', { ref: 'refs/tags/w1' }, {}],
    ['another branch', { ref: 'refs/heads/mainline' }, {}],
    ['a branch named as a tag', { ref: 'refs/heads/v1.0' }, {}],
    ['a deletion', { deleted: true }, {}],
    ['another repository', { repository: { ...gitEvent().repository, path: 'group/app2' } }, {}],
    ['another connection', { connection: 'my-git-2' }, {}],
    ['a pull request', { pullRequest }, {}],
  ])('%s', async (_name, over, expected) => {
    expect(await publish(gitEvent(over), Object.keys(expected).length)).toEqual(expected);
  });

  it('starts four executions for a push of four refs, each at its own commit', async () => {
    const before = await account.started('both');
    const deliveryId = 'four';
    const refs = ['refs/heads/main', 'refs/heads/release/2', 'refs/tags/nightly', 'refs/tags/v2'];
    const commits = refs.map((_, n) => (n % 2 === 0 ? FIRST : SECOND));

    await account.publish(
      ...refs.map((ref, n) => gitEvent({ deliveryId, ref, after: commits[n] ?? FIRST, changedPaths: ['c.md'] })),
    );
    // `main` and `releases` start once each.
    published += 6;
    await account.outcomes(published);

    const after = await account.started('both');
    const four = after.slice(before.length).toSorted((a, b) => (String(a.SourceRef) < String(b.SourceRef) ? -1 : 1));
    expect(four).toEqual(refs.map((SourceRef, n) => ({ SourceRef, SourceCommit: commits[n] })));
  });

  it('starts a pipeline that declares no variables without them', async () => {
    await account.createPipeline('plain', { BranchPatterns: 'plain' });
    const { pipeline } = await account.codePipeline.send(new GetPipelineCommand({ name: 'plain' }));
    if (pipeline === undefined) throw new Error('no pipeline');
    delete pipeline.variables;
    await account.codePipeline.send(new UpdatePipelineCommand({ pipeline }));

    expect(await publish(gitEvent({ ref: 'refs/heads/plain' }), 1)).toEqual({ plain: started });
    expect(await account.started('plain')).toEqual([{ SourceCommit: undefined, SourceRef: undefined }]);
  });

  it('sends an event for a missing pipeline to the dead-letter queue, with its reason', async () => {
    await account.createPipeline('gone', { BranchPatterns: 'gone' });
    await account.codePipeline.send(new DeletePipelineCommand({ name: 'gone' }));
    const event = gitEvent({ ref: 'refs/heads/gone' });

    expect(await publish(event, 1)).toEqual({ gone: 'dead-letter' });
    expect((await account.deadLetter()).body).toEqual({
      code: 'pipeline-trigger/pipeline-missing',
      message: expect.stringContaining('There is no pipeline gone'),
      pipelineName: 'gone',
      pathIncludes: [],
      pathExcludes: [],
      event,
    });
  });

  it('sends an event for a pipeline that it may not start there too', async () => {
    await account.createPipeline('forbidden', { BranchPatterns: 'forbidden' });

    expect(await publish(gitEvent({ ref: 'refs/heads/forbidden' }), 1)).toEqual({ forbidden: 'dead-letter' });
    expect((await account.deadLetter()).body).toMatchObject({
      code: 'pipeline-trigger/access-denied',
      message: expect.stringContaining('codepipeline:StartPipelineExecution'),
    });
  });
});

describe('the rule that the README shows', () => {
  it('starts pull requests of the same repository at their head, and nothing else', async () => {
    const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
    const [, rule = ''] = /```yaml\n([\s\S]+?)```/.exec(readme) ?? [];
    await account.deploy('pull-requests', `Resources:\n${rule}`);
    await account.createPipeline('app', { BranchPatterns: 'none' });
    const event = (over: object, changedPaths = ['src/a']) =>
      gitEvent({
        ref: 'refs/pull/7/head',
        changedPaths,
        pullRequest: { ...pullRequest, headSha: FIRST, ...over },
      });

    expect(await publish(event({}), 1)).toEqual({ app: started });
    expect(await publish(event({ action: 'updated' }, ['docs/a']), 1)).toEqual({ app: 'paths' });
    expect(await publish(event({ fromFork: true }), 0)).toEqual({});
    expect(await publish(event({ action: 'merged' }), 0)).toEqual({});
    expect(await publish(event({ targetRef: 'refs/heads/other' }), 0)).toEqual({});
    expect(await account.started('app')).toEqual([{ SourceCommit: FIRST, SourceRef: 'refs/pull/7/head' }]);
  });
});

describe("the trigger's wildcards", () => {
  it('match what the wildcards of rules match, and refuse what they refuse', async () => {
    const letters = fc.constantFrom('a', 'b', '/', '*', '\\');
    const text = fc.array(letters, { maxLength: 6 }).map((parts) => parts.join(''));
    const ours = (pattern: string, path: string) => {
      try {
        return matchWildcard(parseWildcard(pattern), path);
      } catch {
        return 'refused';
      }
    };

    await fc.assert(
      fc.asyncProperty(text, text, async (pattern, path) => {
        expect(ours(pattern, path)).toBe(await account.matches(pattern, path));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the parameters of sample-pipeline.yaml', () => {
  it.each<[Record<string, string>, RegExp]>([
    [{ Connection: '' }, /ReceiverStack needs Connection/],
    [{ RepositoryPath: '' }, /ReceiverStack needs RepositoryPath/],
    [{ BranchPatterns: '' }, /at least one of BranchPatterns and TagPatterns/],
    [{ WebhookAuthentication: 'UNAUTHENTICATED' }, /twice for each push/],
    [{ BranchPatterns: 'main,release/**' }, /BranchPatterns.*single \*/],
    [{ BranchPatterns: 'refs/heads/main' }, /without refs\/heads/],
    [{ TagPatterns: 'v*,"' }, /TagPatterns.*must be names of tags/],
    [{ PathIncludes: 'a/*,b\\c' }, /PathIncludes.*without quotes/],
    [{ PathIncludes: '/src/*' }, /PathIncludes.*without a slash at their start/],
    [{ PathExcludes: 'a"],"x":["' }, /PathExcludes.*without quotes/],
    [{ PathExcludes: 'a<event>' }, /PathExcludes.*angle brackets/],
    [{ PathExcludes: 'a\u0001' }, /PathExcludes/],
    [{ RepositoryPath: 'a"b' }, /RepositoryPath.*quotes/],
    [{ RepositoryPath: 'https://git.example.com/a' }, /RepositoryPath.*no URL/],
    [{ RepositoryPath: 'group/app.git' }, /RepositoryPath.*\.git at its end/],
    [{ RepositoryPath: '/a' }, /RepositoryPath.*without a slash at its start/],
    [{ Connection: 'my git' }, /Connection.*letters/],
    [{ ReceiverStack: 'no_stack' }, /name of a stack/],
    [{ ReceiverStack: 'other' }, /No export named other-BusName/],
    [{ PathIncludes: Array.from({ length: 90 }, (_, n) => `services/${n}/*`).join() }, /pattern has \d+ characters/],
  ])('refuse %j, saying why', async (parameters, reason) => {
    await expect(account.createPipeline('refused', parameters)).rejects.toThrow(reason);
  });

  it('take names that JSON, Fn::Sub or a pattern could take for their own', async () => {
    const path = 'Größe {a}/$x ,b';
    await account.createPipeline('names', {
      RepositoryPath: path,
      BranchPatterns: "ä/$or,{x},it's",
      PathIncludes: 'with blanks/*,$' + '{x}/*,[a]',
    });
    const event = gitEvent({
      repository: { ...gitEvent().repository, path },
      ref: 'refs/heads/ä/$or',
      changedPaths: ['$' + '{x}/y'],
    });

    expect(await publish(event, 1)).toEqual({ names: started });
  });
});

describe('all events of this file', () => {
  it('came to the trigger where a line above says so, and nowhere else', async () => {
    // Whatever was to come of the events before has come when this one is through.
    expect(await publish(gitEvent({ ref: 'refs/tags/nightly' }), 1)).toEqual({ both: started });

    expect(await account.invocations()).toBe(published);
  });
});

describe('an event that is delivered twice', () => {
  it('starts one execution', async () => {
    const twice = await Account.start({ duplicate: true });
    try {
      await twice.createPipeline('app', { PathIncludes: 'src/*' });

      for (let n = 0; n < 3; n++) await twice.publish(gitEvent({ deliveryId: 'the-same' }));
      const lines = await twice.outcomes(6);

      expect(lines).toHaveLength(6);
      expect(new Set(lines.map(({ executionId }) => executionId)).size).toBe(1);
      expect(await twice.started('app')).toEqual([{ SourceCommit: SECOND, SourceRef: 'refs/heads/main' }]);
    } finally {
      await twice.close();
    }
  });
});
