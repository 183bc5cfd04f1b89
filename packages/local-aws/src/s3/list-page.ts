import { s3Error } from './errors.ts';

export interface PageRequest {
  readonly prefix: string;
  readonly delimiter: string;
  /** Names after this one only; one that ends a common prefix leaves the whole prefix out. */
  readonly after: string;
  readonly maxItems: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly prefixes: readonly string[];
  /** The last name or prefix of a page that is not the last one. */
  readonly next: string | undefined;
}

/** One page of a listing: names under a prefix, those that share a folder rolled up into one common prefix. */
export function listPage<T>(sorted: readonly T[], keyOf: (item: T) => string, request: PageRequest): Page<T> {
  const { prefix, delimiter, after, maxItems } = request;
  const items: T[] = [];
  const prefixes: string[] = [];
  let last = '';
  for (const item of sorted) {
    const key = keyOf(item);
    if (!key.startsWith(prefix) || (after !== '' && Buffer.compare(Buffer.from(key), Buffer.from(after)) <= 0))
      continue;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const common = cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
    if (common !== undefined && (common === prefixes.at(-1) || common === after)) continue;
    if (items.length + prefixes.length >= maxItems) return { items, prefixes, next: maxItems === 0 ? undefined : last };
    if (common === undefined) items.push(item);
    else prefixes.push(common);
    last = common ?? key;
  }
  return { items, prefixes, next: undefined };
}

/** S3's limit and default. */
const MAX_ITEMS = 1000;

export function pageSize(given: number | undefined): number {
  if (given === undefined) return MAX_ITEMS;
  if (!Number.isInteger(given) || given < 0)
    throw s3Error('InvalidArgument', 'Provided max-keys is not a positive integer');
  return Math.min(given, MAX_ITEMS);
}

/** With `encoding-type=url`, names come percent-encoded, slashes left; otherwise as they are. */
export function nameEncoder(encodingType: string | undefined): (name: string) => string {
  if (encodingType === undefined) return (name) => name;
  if (encodingType !== 'url') throw s3Error('InvalidArgument', 'Invalid Encoding Method specified in Request');
  return (name) =>
    encodeURIComponent(name)
      .replace(/%2F/g, '/')
      .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
