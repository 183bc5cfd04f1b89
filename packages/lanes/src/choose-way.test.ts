import { parseCommitSha, parseGitRef, parseGitUrl } from '@gitsource/events';
import { describe, expect, it } from 'vitest';
import { candidatesOf, chooseCommit, chooseWay } from './choose-way.ts';

const TREE = {
  fetchMethod: 'auto',
  gitUrl: parseGitUrl('https://git.example.com/team/app.git'),
  outputArtifactFormat: 'CODE_ZIP',
  submodules: 'none',
  gitLfs: false,
  paths: [],
} as const;
const CLONE = { outputArtifactFormat: 'FULL_CLONE' };
const SSH = parseGitUrl('git@git.example.com:team/app.git');

describe('chooseWay', () => {
  it.each<[string, object, Record<string, string>, string]>([
    ['a tree over HTTPS', {}, {}, 'pack: one tree over HTTPS'],
    ['proxy variables that are empty, or of others', {}, { HTTPS_PROXY: '', HTTP_PROXY: 'x', NO_PROXY: '*' }, 'pack: '],
    ['FetchMethod clone', { fetchMethod: 'clone' }, {}, 'other: FetchMethod is "clone"'],
    ['a whole clone', CLONE, {}, 'pack: a clone over HTTPS'],
    ['a clone with submodules', { ...CLONE, submodules: 'direct' }, {}, 'other: a clone has submodules'],
    ['a clone of folders', { ...CLONE, paths: ['a'] }, {}, 'other: a clone has only chosen paths'],
    ['a tree over SSH', { gitUrl: SSH }, {}, 'pack: one tree over SSH'],
    ['submodules', { submodules: 'recursive' }, {}, 'pack: one tree over HTTPS'],
    ['LFS contents', { gitLfs: true }, {}, 'other: GitLfs is "true"'],
    ['folders', { paths: ['a'] }, {}, 'pack: one tree over HTTPS'],
    ['a proxy', {}, { HTTPS_PROXY: 'http://proxy:3128' }, 'pack: one tree over HTTPS'],
    ['a proxy of another kind', {}, { all_proxy: 'socks5://proxy' }, 'other: the proxy is not one of HTTP'],
    ['one that is not for this host', {}, { all_proxy: 'socks5://proxy', NO_PROXY: 'example.com' }, 'pack: '],
    ['one that SSH does not use', { gitUrl: SSH }, { all_proxy: 'socks5://proxy' }, 'pack: '],
    [
      'the most telling of several reasons',
      { ...CLONE, submodules: 'direct', gitLfs: true },
      {},
      'other: GitLfs is "true"',
    ],
  ])('%s', (_, change, environment, expected) => {
    const { kind, why } = chooseWay({ ...TREE, ...change }, environment);

    expect(`${kind}: ${why}`).toContain(expected);
  });
});

const [one, two, tag] = [
  parseCommitSha('11'.repeat(20)),
  parseCommitSha('22'.repeat(20)),
  parseCommitSha('33'.repeat(20)),
];
const BRANCH = { name: 'refs/heads/v1', sha: one };
const LONGER = { name: 'refs/heads/v1.2', sha: tag };
const TAG = { name: 'refs/tags/v1', sha: tag, peeled: two };
const LISTED = [LONGER, TAG, BRANCH];

describe('chooseCommit', () => {
  it.each([
    ['a branch before a tag', 'v1', undefined, LISTED, { refName: 'refs/heads/v1', sha: one }],
    ['a tag where no branch is, peeled', 'v1', undefined, [LONGER, TAG], { refName: 'refs/tags/v1', sha: two }],
    ['a full ref', 'refs/tags/v1', undefined, LISTED, { refName: 'refs/tags/v1', sha: two }],
    ['a pin that is the newest', 'v1', one, LISTED, { refName: 'refs/heads/v1', sha: one }],
    ["a pin that is the tag's commit", 'refs/tags/v1', two, LISTED, { refName: 'refs/tags/v1', sha: two }],
    ["a pin that is the tag's object", 'refs/tags/v1', tag, LISTED, { refName: 'refs/tags/v1', sha: two }],
    ['any other pin, to be looked for', 'v1', two, LISTED, { refName: 'refs/heads/v1', tip: one, pin: two }],
    ['a pin of a tag, to be looked for', 'refs/tags/v1', one, LISTED, { refName: 'refs/tags/v1', tip: two, pin: one }],
    ['no ref that only begins so', 'v', undefined, LISTED, undefined],
    ['nothing of an empty repository', 'refs/heads/v1', undefined, [], undefined],
  ])('takes %s', (_, ref, pinned, listed, expected) => {
    expect(chooseCommit(parseGitRef(ref), pinned, listed)).toEqual(expected);
  });
});

describe('candidatesOf', () => {
  it('makes two full names of a short one', () => {
    expect(candidatesOf(parseGitRef('v1'))).toEqual(['refs/heads/v1', 'refs/tags/v1']);
    expect(candidatesOf(parseGitRef('refs/pull/7/head'))).toEqual(['refs/pull/7/head']);
  });
});
