import { ServiceError } from '../cloud/service.ts';
import { limits } from './limits.ts';

/** One page of a list; the token is the number of items before it. */
export function paginate<T>(
  items: readonly T[],
  token: string | undefined,
  maxResults: number | undefined,
): { items: T[]; next: { nextToken?: string } } {
  const from = token === undefined ? 0 : Number(token);
  if (!Number.isSafeInteger(from) || from < 0 || from > items.length) {
    throw new ServiceError('InvalidNextTokenException', `The nextToken '${token}' was not given by this operation.`);
  }
  const to = from + Math.min(Math.max(maxResults ?? limits.maxResults, 1), limits.maxResults);
  return { items: items.slice(from, to), next: to < items.length ? { nextToken: String(to) } : {} };
}
