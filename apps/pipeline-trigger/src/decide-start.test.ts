import type { GitEvent } from '@gitsource/events';
import { describe, expect, it } from 'vitest';
import { FIRST, gitEvent, SECOND } from '../test/git-event.ts';
import { decideStart } from './decide-start.ts';
import { parseWildcard } from './wildcard.ts';

function decide(event: GitEvent, includes: readonly string[] = [], excludes: readonly string[] = []) {
  return decideStart(event, {
    includes: includes.map(parseWildcard),
    excludes: excludes.map(parseWildcard),
    allowForks: false,
  });
}

const PULL_REQUEST = {
  number: 7,
  action: 'opened',
  sourceRef: 'refs/heads/feature',
  targetRef: 'refs/heads/main',
  headSha: FIRST,
  fromFork: false,
} as const;

/** The event of a deletion: it has no commit. */
function deletion(): GitEvent {
  const { after: _after, ...event } = gitEvent({ deleted: true });
  return event;
}

describe('decideStart', () => {
  it('starts at the pushed commit of the pushed ref', () => {
    expect(decide(gitEvent({ ref: 'refs/tags/v1' }))).toEqual({ kind: 'start', commit: SECOND, ref: 'refs/tags/v1' });
  });

  it.each([
    ['a deleted ref', deletion(), 'deleted'],
    ['a commit that asks for no build', gitEvent({ skipCi: true }), 'skip-ci'],
    ['a closed pull request', gitEvent({ pullRequest: { ...PULL_REQUEST, action: 'closed' } }), 'pull-request-closed'],
    ['a merged pull request', gitEvent({ pullRequest: { ...PULL_REQUEST, action: 'merged' } }), 'pull-request-closed'],
  ])('skips %s, whatever its paths', (_name, event, reason) => {
    expect(decide(event)).toEqual({ kind: 'skip', reason });
    expect(decide({ ...event, changedPathsComplete: false }, ['src/*'])).toEqual({ kind: 'skip', reason });
  });

  it.each(['opened', 'updated'] as const)('starts an %s pull request at its head', (action) => {
    const event = gitEvent({ ref: 'refs/pull/7/head', pullRequest: { ...PULL_REQUEST, action } });

    expect(decide(event)).toEqual({ kind: 'start', commit: FIRST, ref: 'refs/pull/7/head' });
  });

  it('skips a pull request from a fork, unless its code may run', () => {
    const event = gitEvent({ ref: 'refs/pull/7/head', pullRequest: { ...PULL_REQUEST, fromFork: true } });

    expect(decide(event)).toEqual({ kind: 'skip', reason: 'fork' });
    expect(decideStart(event, { includes: [], excludes: [], allowForks: true }).kind).toBe('start');
  });

  it('names no commit where the provider sends an abbreviation', () => {
    const { headSha: _headSha, ...pullRequest } = PULL_REQUEST;
    const { after: _after, ...event } = gitEvent({ ref: 'refs/heads/feature' });

    expect(decide({ ...event, pullRequest })).toEqual({ kind: 'start', ref: 'refs/heads/feature' });
  });

  describe('paths', () => {
    const services = ['services/a/*', 'lib/*'];
    it.each<[string, readonly string[], readonly string[], readonly string[], boolean]>([
      ['no filter', [], [], ['x'], true],
      ['no filter, an empty commit', [], [], [], true],
      ['included', services, [], ['services/a/x.ts'], true],
      ['included by another pattern', services, [], ['README.md', 'lib/deep/er/y.ts'], true],
      ['not included', services, [], ['services/b/x.ts', 'lib'], false],
      ['nothing changed', services, [], [], false],
      ['nothing changed, only excludes', [], ['docs/*'], [], false],
      ['all excluded', [], ['docs/*', '*.md'], ['docs/a', 'src/b.md'], false],
      ['one not excluded', [], ['docs/*'], ['docs/a', 'src/b'], true],
      ['included and excluded', services, ['*.md'], ['lib/README.md'], false],
      ['included and excluded, another excluded', services, ['*.md'], ['lib/README.md', 'x.md'], false],
      ['one included, another excluded', services, ['*.md'], ['x.md', 'lib/y.ts'], true],
      ['one excluded, another not included', services, ['*.md'], ['lib/x.md', 'other/y.ts'], false],
    ])('%s', (_name, includes, excludes, changedPaths, starts) => {
      const event = gitEvent({ changedPaths });

      expect(decide(event, includes, excludes).kind).toBe(starts ? 'start' : 'skip');
      expect(decide({ ...event, changedPathsComplete: false }, includes, excludes).kind).toBe('start');
    });
  });
});
