import type { Asked } from './refused-answer.ts';
import type { ApiConnection } from './repository-query.ts';

/** Whom a request is for, and where its credentials may be sent. */
export interface AuthorizationRequest {
  readonly connection: ApiConnection;
  /** Each part as the repository path has it. */
  readonly pathParts: readonly string[];
  /** Base of the provider's API. */
  readonly apiUrl: string;
  readonly nowMs: number;
  /** For messages. */
  readonly asked: Asked;
}

/** What proves a request. */
export interface Authorization {
  /** None where the connection has no credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** Forgets a token that the server issued, so that the next one is new. Absent: the token is the connection's own. */
  readonly forget?: () => void;
}

/** From a connection's credentials to headers; may ask the server for a token. Throws `providers/*`, `runtime/api-*`. */
export type Authorize = (request: AuthorizationRequest) => Promise<Authorization>;

/** RFC 7617. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
