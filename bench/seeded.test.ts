import { expect, it } from 'vitest';
import { seeded } from './seeded.ts';

it('gives numbers that do not come again, the same in every run', () => {
  const [first, second] = [seeded(), seeded()];

  const numbers = Array.from({ length: 200_000 }, first);

  expect(new Set(numbers).size).toBe(numbers.length);
  expect(Array.from({ length: 100 }, second)).toEqual(numbers.slice(0, 100));
});
