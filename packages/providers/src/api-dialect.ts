import { type ApiSession, createApiSession } from './api-session.ts';
import type { Authorize } from './authorization.ts';
import { ProvidersError } from './errors.ts';
import type { Purpose } from './refused-answer.ts';
import { type RepositoryPlace, splitRepositoryPath } from './repository-place.ts';
import type { ApiConnection, RepositoryQuery } from './repository-query.ts';

/** How one provider's API is reached. */
export interface ApiDialect {
  /** For messages: `GitHub`. */
  readonly server: string;
  /** What credentials must be allowed to do, for messages. */
  readonly needed: string;
  /** How a repository's path looks, for messages: `owner/name`. */
  readonly pathForm: string;
  /** Sent along with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorize: Authorize;
  /** Whether a connection has credentials for this API. */
  readonly hasCredentials: (connection: ApiConnection) => boolean;
  /** Where a repository is; `undefined` where the path is not one of this provider's. */
  readonly locate: (connection: ApiConnection, pathParts: readonly string[]) => RepositoryPlace | undefined;
}

/** Throws `providers/repository-path-invalid`, `-host-missing`, and the signal's reason. */
export function connect(dialect: ApiDialect, query: RepositoryQuery, purpose: Purpose): ApiSession {
  const { connection, repositoryPath } = query;
  const { authorize, hasCredentials, headers = {}, needed, server } = dialect;
  query.signal?.throwIfAborted();
  const pathParts = splitRepositoryPath(repositoryPath);
  const place = pathParts && dialect.locate(connection, pathParts);
  if (pathParts === undefined || place === undefined) {
    throw new ProvidersError(
      'providers/repository-path-invalid',
      `${JSON.stringify(repositoryPath.slice(0, 200))} is no repository of ${server}. Give it as ${dialect.pathForm}.`,
    );
  }
  const asked = {
    ...purpose,
    server,
    needed,
    repositoryPath,
    secret: connection.name,
    hasCredentials: hasCredentials(connection),
  };
  return createApiSession({ query, asked, place, pathParts, authorize, headers });
}
