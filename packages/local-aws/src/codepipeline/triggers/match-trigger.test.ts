import type { GitConfiguration } from '@aws-sdk/client-codepipeline';
import { describe, expect, it } from 'vitest';
import { MAX_FILTERED_PATHS, matchTrigger, type RepositoryChange } from './match-trigger.ts';

const branch = (name: string, ...paths: string[]): RepositoryChange => ({ kind: 'branch', name, paths });
const tag = (name: string): RepositoryChange => ({ kind: 'tag', name, paths: [] });
const pull = (event: 'OPEN' | 'UPDATED' | 'CLOSED', targetBranch: string, ...paths: string[]): RepositoryChange => ({
  kind: 'pull-request',
  event,
  targetBranch,
  paths,
});

function matches(configuration: Omit<GitConfiguration, 'sourceActionName'>, change: RepositoryChange): boolean {
  return matchTrigger({ sourceActionName: 'Source', ...configuration }, change);
}

describe('matchTrigger', () => {
  const branches = { includes: ['main', 'release/**'], excludes: ['release/old/**'] };

  it('starts for included branches, and what is also excluded is excluded', () => {
    const push = [{ branches }];

    expect(matches({ push }, branch('main', 'a'))).toBe(true);
    expect(matches({ push }, branch('release/1/x', 'a'))).toBe(true);
    expect(matches({ push }, branch('release/old/1', 'a'))).toBe(false);
    expect(matches({ push }, branch('feature', 'a'))).toBe(false);
  });

  it('takes every branch but the excluded ones where nothing is included', () => {
    const push = [{ branches: { excludes: ['wip-*'] } }];

    expect(matches({ push }, branch('anything'))).toBe(true);
    expect(matches({ push }, branch('wip-1'))).toBe(false);
  });

  it('asks for branch and path, where one file that fits is enough', () => {
    const push = [{ branches, filePaths: { includes: ['services/a/**'], excludes: ['**.md'] } }];

    expect(matches({ push }, branch('main', 'docs/x', 'services/a/x.ts'))).toBe(true);
    expect(matches({ push }, branch('main', 'services/a/README.md'))).toBe(false);
    expect(matches({ push }, branch('feature', 'services/a/x.ts'))).toBe(false);
    expect(matches({ push }, branch('main'))).toBe(false);
  });

  it('does not filter a change of very many files by path', () => {
    const push = [{ branches, filePaths: { includes: ['services/a/**'] } }];
    const files = (count: number) => Array.from({ length: count }, (_, index) => `docs/${index}`);

    expect(matches({ push }, branch('main', ...files(MAX_FILTERED_PATHS)))).toBe(false);
    expect(matches({ push }, branch('main', ...files(MAX_FILTERED_PATHS + 1)))).toBe(true);
  });

  it('tells tags from branches, and any filter may fit', () => {
    const push = [{ branches: { includes: ['main'] } }, { tags: { includes: ['v*'], excludes: ['*-rc*'] } }];

    expect(matches({ push }, tag('v1'))).toBe(true);
    expect(matches({ push }, tag('v1-rc1'))).toBe(false);
    expect(matches({ push }, branch('v1', 'a'))).toBe(false);
    expect(matches({ push }, tag('main'))).toBe(false);
    expect(matches({ push }, branch('main', 'a'))).toBe(true);
    expect(matches({ push: [{ branches: { excludes: ['x'] } }] }, tag('v1'))).toBe(false);
  });

  it('looks at the target branch, the event and the files of a pull request', () => {
    const pullRequest = [
      { branches: { includes: ['main'] }, events: ['OPEN', 'UPDATED'], filePaths: { includes: ['src/**'] } },
    ] satisfies GitConfiguration['pullRequest'];

    expect(matches({ pullRequest }, pull('OPEN', 'main', 'src/a'))).toBe(true);
    expect(matches({ pullRequest }, pull('CLOSED', 'main', 'src/a'))).toBe(false);
    expect(matches({ pullRequest }, pull('OPEN', 'next', 'src/a'))).toBe(false);
    expect(matches({ pullRequest }, pull('OPEN', 'main', 'docs/a'))).toBe(false);
    expect(matches({ pullRequest }, branch('main', 'src/a'))).toBe(false);
    expect(matches({ pullRequest: [{ branches: { includes: ['main'] } }] }, pull('CLOSED', 'main'))).toBe(true);
  });
});
