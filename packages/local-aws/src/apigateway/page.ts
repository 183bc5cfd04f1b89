import { badRequest } from './gateway-error.ts';

/** Largest page, and the default: https://docs.aws.amazon.com/apigateway/latest/api/API_GetRestApis.html */
const MOST = { first: 500, second: 1000 } as const;

/** One page of a list; the token is the number of items before it. */
export function page<T>(
  items: readonly T[],
  token: string | undefined,
  size: number | string | undefined,
  api: keyof typeof MOST,
): { readonly items: T[]; readonly next: string | undefined } {
  const from = Number(token ?? 0);
  const most = Number(size ?? MOST[api]);
  if (!Number.isSafeInteger(from) || from < 0 || from > items.length) throw badRequest(`Invalid token ${token}`);
  if (!Number.isSafeInteger(most) || most < 1) throw badRequest(`Invalid page size ${size}`);
  const to = from + Math.min(most, MOST[api]);
  return { items: items.slice(from, to), next: to < items.length ? String(to) : undefined };
}

/** As the second API gives it. */
export function itemsPage<T>(
  items: readonly T[],
  { NextToken, MaxResults }: { NextToken?: string | undefined; MaxResults?: string | undefined },
): { Items: T[]; NextToken?: string } {
  const { items: Items, next } = page(items, NextToken, MaxResults, 'second');
  return { Items, ...(next !== undefined && { NextToken: next }) };
}

/** As the first API gives it. */
export function positionPage<T>(
  items: readonly T[],
  { position, limit }: { position?: string | undefined; limit?: number | undefined },
): { items: T[]; position?: string } {
  const { items: some, next } = page(items, position, limit, 'first');
  return { items: some, ...(next !== undefined && { position: next }) };
}
