import { describe, expect, it } from 'vitest';
import { globExpression } from './glob.ts';

describe('globExpression', () => {
  it.each([
    ['main', 'main', true],
    ['main', 'maintenance', false],
    ['release-*', 'release-1.2', true],
    ['*', 'feature/login', false],
    ['**', 'feature/login', true],
    ['feature/**', 'feature/a/b', true],
    ['feature/**', 'feature', false],
    ['src/*.ts', 'src/a/b.ts', false],
    ['src/**.ts', 'src/a/b.ts', true],
    ['v?', 'v1', true],
    ['a?b', 'a/b', false],
    ['v[0-9].[!0-9]', 'v1.x', true],
    ['v[0-9].[!0-9]', 'v1.2', false],
    ['a[!x]b', 'a/b', false],
    ['[*?\\]', '\\', true],
    ['[^a]', '^', true],
    ['*.{java,class}', 'A.class', true],
    ['*.{java,class}', 'A.js', false],
    ['a,b', 'a,b', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['a.b', 'axb', false],
    ['dir/**', 'dir/naïve\nname', true],
    ['(a|b)+$', '(a|b)+$', true],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(globExpression(pattern)?.test(name)).toBe(expected);
  });

  it.each(['', 'a[b', '{a', 'a}', '{a,{b,c}}', 'a\\', '[z-a]'])('refuses %j', (pattern) => {
    expect(globExpression(pattern)).toBeUndefined();
  });
});
