import { parseCommitSha } from '@gitsource/events';
import { describe, expect, it } from 'vitest';
import { clonedRefs, refsToClone } from './clone-refs.ts';

const sha = parseCommitSha('11'.repeat(20));
const ref = (name: string) => ({ name, sha });
const MAIN = ref('refs/heads/main');
const names = (refs: readonly { readonly name: string }[]) => refs.map(({ name }) => name);

describe('refsToClone', () => {
  it('takes branches, tags, and the one to check out', () => {
    const listed = [
      'HEAD',
      'refs/heads/main',
      'refs/heads/a/b',
      'refs/tags/v1',
      'refs/pull/7/head',
      'refs/pull/8/head',
    ];
    const head = ref('refs/pull/7/head');

    expect(names(refsToClone(listed.map(ref), head)).toSorted()).toEqual(
      ['refs/pull/7/head', 'refs/heads/main', 'refs/heads/a/b', 'refs/tags/v1'].toSorted(),
    );
  });

  it.each([
    'refs/heads/a\n1111111111111111111111111111111111111111 refs/heads/b',
    'refs/heads/../../config',
    'refs/heads/.hidden',
    'refs/heads/a.lock',
    'refs/heads/a.lock/b',
    'refs/heads/a//b',
    'refs/heads/a.',
    'refs/heads/a b',
    'refs/heads/a\\b',
    'refs/heads/a@{1}',
    'refs/heads/\x7f',
    'refs/heads/',
  ])('leaves out %j, as git does', (name) => {
    expect(refsToClone([MAIN, ref(name)], MAIN)).toEqual([MAIN]);
    expect(() => refsToClone([MAIN, ref(name)], ref(name))).toThrow(
      expect.objectContaining({ code: 'pack/protocol-broken' }),
    );
  });

  it('takes names that only look odd', () => {
    const odd = ['refs/heads/-x', 'refs/heads/@', 'refs/heads/a"b', 'refs/heads/ü☃', 'refs/heads/a.b', 'refs/heads/{}'];

    expect(names(refsToClone(odd.map(ref), MAIN))).toEqual(['refs/heads/main', ...odd]);
  });

  it.each(['HEAD', 'main', 'refs/heads/\ufffd'])(
    'refuses %j: as a head, or as a name that cannot be written',
    (name) => {
      expect(() => refsToClone([ref(name)], name.startsWith('refs/') ? MAIN : ref(name))).toThrow(
        expect.objectContaining({ code: 'pack/protocol-broken' }),
      );
    },
  );
});

describe('clonedRefs', () => {
  it('sorts by bytes', () => {
    const remote = ['refs/heads/main', 'refs/heads/ü', 'refs/heads/z', 'refs/heads/\u{1f600}', 'refs/heads/\uff5e'].map(
      ref,
    );

    expect(names(clonedRefs(remote, MAIN, sha))).toEqual([
      'refs/heads/main',
      'refs/remotes/origin/main',
      'refs/remotes/origin/z',
      'refs/remotes/origin/ü',
      'refs/remotes/origin/\uff5e',
      'refs/remotes/origin/\u{1f600}',
    ]);
  });
});
