import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearNames } from './near-names.ts';

describe('nearNames', () => {
  it.each([
    ['mian', ['main', 'develop'], ['main']],
    ['MAIN', ['main'], ['main']],
    ['login', ['feature/login', 'feature/logout'], ['feature/login']],
    ['feature/login', ['login'], ['login']],
    ['v1.0', ['v1.1', 'v1.0.0', 'v2.0', 'v10'], ['v1.1', 'v10', 'v2.0']],
    ['zzz', ['main', 'develop'], []],
  ])('%s among %j is %j', (name, candidates, expected) => {
    expect(nearNames(name, candidates)).toEqual(expected);
  });

  it('finds a name with any one character dropped', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{4,20}$/), fc.nat(), (name, at) => {
        const index = at % name.length;
        expect(nearNames(name.slice(0, index) + name.slice(index + 1), ['release/0', name])).toContain(name);
      }),
    );
  });
});
