import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCommitSha, parseCommitSha } from './commit-sha.ts';
import { parseGitRef } from './git-ref.ts';

describe('parseGitRef', () => {
  it.each([
    ['main', 'short', 'main'],
    ['feature/Größe', 'short', 'feature/Größe'],
    ['refs/heads/feature/x', 'branch', 'feature/x'],
    ['refs/tags/v1.0', 'tag', 'v1.0'],
    ['refs/pull/7/head', 'other', 'refs/pull/7/head'],
    ['@me', 'short', '@me'],
  ])('reads %s', (text, kind, shortName) => {
    expect(parseGitRef(text)).toEqual({ kind, text, shortName });
  });

  it.each([
    '',
    '-x',
    '--upload-pack=id',
    'refs/heads/--upload-pack=id',
    'a..b',
    'a b',
    'a\nb',
    'a~1',
    'a^',
    'x:y',
    'a*',
  ])('refuses %j', (text) => {
    expect(() => parseGitRef(text)).toThrow(expect.objectContaining({ code: 'events/ref-invalid' }));
  });

  it('accepts only what git accepts as a branch', () => {
    const part = fc.string({
      unit: fc.constantFrom('a', 'Z', '-', '.', '/', '@', '{', '~', ' ', 'ü', '.lock', '\\'),
      maxLength: 8,
    });
    fc.assert(
      fc.property(part, (name) => {
        try {
          parseGitRef(name);
        } catch {
          return;
        }
        expect(spawnSync('git', ['check-ref-format', `refs/heads/${name}`]).status, name).toBe(0);
      }),
    );
  });
});

describe('parseCommitSha', () => {
  it('reads 40 and 64 digits in any case', () => {
    expect(parseCommitSha(` ${'AB'.repeat(20)}\n`)).toBe('ab'.repeat(20));
    expect(isCommitSha('ab'.repeat(32))).toBe(true);
  });

  it('refuses a short SHA and says what to give', () => {
    expect(() => parseCommitSha('abc1234')).toThrow('"abc1234" is not a full commit SHA. Give all 40');
  });
});
