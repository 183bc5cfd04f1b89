import type { ApiRequest, Reply, ServerState } from './dialect.ts';
import type { StatusBook } from './status-book.ts';

/** What a server is too old for: Bitbucket's builds of a repository (7.4), and that one was cancelled (8.0). */
export type Lack = 'builds' | 'cancelled';

/** How one provider's API takes statuses. */
export interface StatusDialect {
  /** For a token that may read only. */
  readonly forbidden: Reply;
  /** The answer to what is about statuses; `undefined` for all else, and for 404. */
  answer(request: StatusApiRequest, state: ServerState): Promise<Reply | undefined>;
}

export interface StatusApiRequest extends ApiRequest {
  readonly book: StatusBook;
  readonly lacks: readonly Lack[];
  /** What the request's token may do, where it was issued for less than all: `{ checks: 'write' }`. */
  readonly permissions: Readonly<Record<string, string>> | undefined;
}

/** Of a body, as the API would read it. */
export function fieldsOf(body: string): Readonly<Record<string, unknown>> {
  return JSON.parse(body);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
