import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectKeyOf, type StoredRef } from './object-key.ts';

const key = (refType: StoredRef['refType'], refName: string, path = 'team/app') =>
  objectKeyOf({ repository: { path }, refType, refName });

describe('objectKeyOf', () => {
  it.each([
    ['branch', 'main', 'team/app/main/team_app.zip'],
    ['branch', 'feature/x', 'team/app/feature/x/team_app.zip'],
    ['tag', 'v1', 'team/app/tags/v1/team_app.zip'],
    ['branch', 'tags/v1', 'team/app/heads/tags/v1/team_app.zip'],
    ['branch', 'tags', 'team/app/heads/tags/team_app.zip'],
    ['branch', 'heads/x', 'team/app/heads/heads/x/team_app.zip'],
  ] as const)('keeps the %s %s at %s', (refType, refName, expected) => {
    expect(key(refType, refName)).toBe(expected);
  });

  it('refuses a ref that no key can hold', () => {
    expect(() => key('branch', 'ü'.repeat(502))).toThrow(expect.objectContaining({ code: 'events/ref-invalid' }));
  });

  it('gives no two refs of a repository the same key', () => {
    const part = fc.constantFrom('tags', 'heads', 'v1', 'main');
    const ref = fc.tuple(
      fc.constantFrom('branch' as const, 'tag' as const),
      fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
    );
    fc.assert(
      fc.property(ref, ref, (one, other) => {
        fc.pre(one.join() !== other.join());
        expect(key(...one)).not.toBe(key(...other));
      }),
    );
  });
});
