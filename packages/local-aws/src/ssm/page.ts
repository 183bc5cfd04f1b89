import { ServiceError } from '../cloud/service.ts';
import { invalid } from './errors.ts';

/** One page of a list; the token is the number of items before it. */
export function page<T>(
  items: readonly T[],
  token: string | undefined,
  size: number | undefined,
  most: number,
  usual = most,
): { readonly items: T[]; readonly next: { readonly NextToken?: string } } {
  const from = Number(token ?? 0);
  const count = size ?? usual;
  if (!Number.isSafeInteger(from) || from < 0 || from > items.length) {
    throw new ServiceError('InvalidNextToken', `The token ${token} is not one of this list.`);
  }
  if (count < 1 || count > most) throw invalid(`MaxResults is 1 to ${most}, not ${count}`);
  const to = from + count;
  return { items: items.slice(from, to), next: to < items.length ? { NextToken: String(to) } : {} };
}
