import { invalidInput } from './store.ts';

/** ListBuilds and its like give so many at once. */
const PAGE_SIZE = 100;

/** One page of a list; the token is the number of items before it. */
export function page<T>(items: readonly T[], token: string | undefined): { items: T[]; next: { nextToken?: string } } {
  const from = token === undefined ? 0 : Number(token);
  if (!Number.isSafeInteger(from) || from < 0 || from > items.length) throw invalidInput(`Invalid nextToken: ${token}`);
  const to = from + PAGE_SIZE;
  return { items: items.slice(from, to), next: to < items.length ? { nextToken: String(to) } : {} };
}
