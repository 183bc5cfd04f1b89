import { describe, expect, it } from 'vitest';
import { collectChanges } from './ref-change.ts';
import { repositoryOf } from './repository-of.ts';

const repository = repositoryOf({ path: 'team/app', host: 'git.example.com' });
const SHA = 'b'.repeat(40);

describe('a pull request', () => {
  const collect = (branches: { sourceRef?: string; targetRef?: string }) =>
    collectChanges(repository, [
      {
        ref: 'refs/pull/7/head',
        after: SHA,
        pullRequest: {
          number: 7,
          action: 'opened',
          sourceRef: 'refs/heads/feature/cart',
          targetRef: 'refs/heads/main',
          fromFork: false,
          ...branches,
        },
      },
    ]);

  it('keeps its branches', () => {
    expect(collect({}).changes[0]?.pullRequest).toMatchObject({ sourceRef: 'refs/heads/feature/cart' });
  });

  it.each([
    { sourceRef: `refs/heads/${'x'.repeat(300_000)}` },
    { sourceRef: 'refs/heads/a\nb' },
    { targetRef: 'refs/heads/../main' },
    { targetRef: 'main' },
  ])('is left out by name where a branch is none', (branches) => {
    const { changes, refusedRefs } = collect(branches);

    expect(changes).toEqual([]);
    expect(refusedRefs).toHaveLength(1);
    expect(JSON.stringify(refusedRefs).length).toBeLessThan(1000);
  });
});

describe('a delivery of nothing but refs that are none', () => {
  it('costs little for each of them', () => {
    const facts = Array.from({ length: 400_000 }, () => ({ ref: '-', after: SHA }));
    const startMs = performance.now();

    const { refusedRefs } = collectChanges(repository, facts);

    expect(refusedRefs).toHaveLength(facts.length);
    expect(refusedRefs[0]).toEqual({ ref: '"-"', reason: 'starts with "-"' });
    // With an error for each, ten seconds.
    expect(performance.now() - startMs).toBeLessThan(4000);
  });
});
