import { type CommitSha, type GitRef, isCommitSha, ParseError, parseCommitSha, parseGitRef } from '@gitsource/events';
import * as z from 'zod/mini';
import { type ApiSession, createApiSession } from './api-session.ts';
import type { Archive, ArchiveQuery, OpenArchive, RefQuery } from './archive.ts';
import type { Authorize } from './authorization.ts';
import { ProvidersError } from './errors.ts';
import { repositoryMissing } from './refused-answer.ts';
import { type RepositoryPlace, splitRepositoryPath } from './repository-place.ts';
import type { ApiConnection, RepositoryQuery } from './repository-query.ts';
import { requireZipStart } from './zip-start.ts';

/** What one provider's API does in its own way. */
export interface ArchiveDialect {
  /** For messages: `GitHub`. */
  readonly server: string;
  /** What credentials must be allowed to do, for messages. */
  readonly needed: string;
  /** How a repository's path looks, for messages: `owner/name`. */
  readonly pathForm: string;
  readonly topFolder: OpenArchive['topFolder'];
  /** Sent along with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorize: Authorize;
  /** Whether a connection has credentials for this API. */
  readonly hasCredentials: (connection: ApiConnection) => boolean;
  /** Where a repository is; `undefined` where the path is not one of this provider's. */
  readonly locate: (connection: ApiConnection, pathParts: readonly string[]) => RepositoryPlace | undefined;
  /** The commit of a ref, peeled; `undefined` where the server knows no such ref. */
  readonly findCommit: (session: ApiSession, ref: GitRef) => Promise<string | undefined>;
}

/** Makes an archive of a dialect: refusals, diagnosis and safety are the same for all. */
export function createArchive(dialect: ArchiveDialect): Archive {
  return {
    resolveRef: (query) => resolveRef(dialect, query),
    open: (query) => open(dialect, query),
  };
}

async function resolveRef(dialect: ArchiveDialect, query: RefQuery): Promise<CommitSha | undefined> {
  const ref = parseGitRef(query.ref);
  if (ref.kind === 'short') {
    throw new ParseError(
      'events/ref-invalid',
      `The ref ${JSON.stringify(ref.text)} is not a full one, such as refs/heads/main.`,
    );
  }
  // A lone half of a character: no server can hold such a name, and no URL either.
  if (/\p{Cs}/u.test(ref.text)) return undefined;
  const session = connect(dialect, query);
  const sha = await dialect.findCommit(session, ref);
  if (sha === undefined) {
    await requireRepository(session);
    return undefined;
  }
  if (isCommitSha(sha)) return sha;
  throw new ProvidersError(
    'providers/answer-unexpected',
    `${dialect.server} names no full commit SHA for ${ref.text} of ${query.repositoryPath}. Check "apiUrl" of the connection.`,
  );
}

async function open(dialect: ArchiveDialect, query: ArchiveQuery): Promise<OpenArchive> {
  const commit = parseCommitSha(query.commit);
  const session = connect(dialect, query);
  const download = await session.download(session.place.archiveUrl(commit));
  if (download === undefined) throw await whyMissing(session, commit);
  const what = `${dialect.server}'s archive of ${query.repositoryPath}`;
  return { body: await requireZipStart(download.body, what), topFolder: dialect.topFolder };
}

function connect(dialect: ArchiveDialect, query: RepositoryQuery): ApiSession {
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
  const asked = { server, needed, repositoryPath, secret: connection.name, hasCredentials: hasCredentials(connection) };
  return createApiSession({ query, asked, place, pathParts, authorize, headers });
}

/** Most servers answer 404 for all three: no such repository (or not for this token), no such commit, no archives at all. */
async function whyMissing(session: ApiSession, commit: CommitSha): Promise<ProvidersError> {
  const { asked, place } = session;
  await requireRepository(session);
  const what = `${asked.server} gives no archive of ${asked.repositoryPath}`;
  const isThere = await session.read(place.commitUrl(commit), z.unknown(), [400, 422]);
  return isThere === undefined
    ? new ProvidersError(
        'providers/commit-missing',
        `${what}: the commit ${commit} is not there. It may have been removed by a forced push, or not have arrived yet.`,
      )
    : new ProvidersError(
        'providers/archive-disabled',
        `${what}, although the commit ${commit} is there. Its administrator may have switched archive downloads off: switch them on, or fetch by git.`,
      );
}

async function requireRepository({ asked, place, read }: ApiSession): Promise<void> {
  if ((await read(place.repositoryUrl, z.unknown())) === undefined) throw repositoryMissing(asked);
}
