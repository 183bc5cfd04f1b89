import {
  type Commit,
  type CommitSha,
  type GitRef,
  isCommitSha,
  ParseError,
  parseCommitSha,
  parseGitRef,
} from '@gitsource/events';
import { type ApiDialect, connect } from './api-dialect.ts';
import type { ApiSession } from './api-session.ts';
import type { Archive, ArchiveQuery, OpenArchive, RefQuery } from './archive.ts';
import { type CommitFields, toCommit } from './commit-fields.ts';
import { ProvidersError } from './errors.ts';
import type { Purpose } from './refused-answer.ts';
import { commitMissing, hasCommit, requireRepository } from './require-repository.ts';
import { requireZipStart } from './zip-start.ts';

/** What one provider's API does in its own way. */
export interface ArchiveDialect extends ApiDialect {
  readonly topFolder: OpenArchive['topFolder'];
  /** The commit of a ref, peeled; `undefined` where the server knows no such ref. */
  readonly findCommit: (session: ApiSession, ref: GitRef) => Promise<FoundCommit | undefined>;
  /** Whether a commit is `tip` or in its history; false also where the server knows no such commit. */
  readonly contains: (session: ApiSession, tip: CommitSha, commit: CommitSha) => Promise<boolean>;
  /** What stands at a commit's URL; `undefined` where there is none. */
  readonly readCommit: (session: ApiSession, url: string) => Promise<CommitFields | undefined>;
}

export interface FoundCommit {
  readonly sha: string;
  /** Of an annotated tag: the SHA of the tag itself. */
  readonly tagObject?: string | undefined;
}

const PURPOSE: Purpose = { action: 'read', instead: 'fetching by git is not limited in this way' };

/** Makes an archive of a dialect: refusals, diagnosis and safety are the same for all. */
export function createArchive(dialect: ArchiveDialect): Archive {
  return {
    resolveRef: (query) => resolveRef(dialect, query),
    readCommit: (query) => readCommit(dialect, query),
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
  const session = connect(dialect, query, PURPOSE);
  const found = await dialect.findCommit(session, ref);
  if (found === undefined) {
    await requireRepository(session);
    return undefined;
  }
  const { sha: tip, tagObject } = found;
  if (!isCommitSha(tip)) throw noSha(session, ref.text);
  const { pinned = tip } = query;
  if (pinned === tip || pinned === tagObject) return tip;
  if (await dialect.contains(session, tip, pinned)) return pinned;
  throw new ProvidersError(
    'providers/commit-not-on-ref',
    `The commit ${pinned} is not on ${ref.text} of ${query.repositoryPath}, which is at ${tip}. It may have been removed by a forced push, or belong to another ref: start again without it, or name the ref that has it.`,
  );
}

async function readCommit(dialect: ArchiveDialect, query: ArchiveQuery): Promise<Commit> {
  const sha = parseCommitSha(query.commit);
  const session = connect(dialect, query, PURPOSE);
  const fields = await dialect.readCommit(session, session.place.commitUrl(sha));
  if (fields === undefined) {
    await requireRepository(session);
    throw commitMissing(`${session.asked.server} tells of no such commit in ${query.repositoryPath}`, sha);
  }
  const commit = toCommit(fields);
  if (commit === undefined) throw noSha(session, sha);
  return commit;
}

function noSha({ asked: { repositoryPath, server } }: ApiSession, name: string): ProvidersError {
  return new ProvidersError(
    'providers/answer-unexpected',
    `${server} names no full commit SHA for ${name} of ${repositoryPath}. Check "apiUrl" of the connection.`,
  );
}

async function open(dialect: ArchiveDialect, query: ArchiveQuery): Promise<OpenArchive> {
  const commit = parseCommitSha(query.commit);
  const session = connect(dialect, query, PURPOSE);
  const download = await session.download(session.place.archiveUrl(commit));
  if (download === undefined) throw await whyMissing(session, commit);
  const what = `${dialect.server}'s archive of ${query.repositoryPath}`;
  return { body: await requireZipStart(download.body, what), topFolder: dialect.topFolder };
}

/** Most servers answer 404 for all three: no such repository (or not for this token), no such commit, no archives at all. */
async function whyMissing(session: ApiSession, commit: CommitSha): Promise<ProvidersError> {
  const { asked } = session;
  await requireRepository(session);
  const what = `${asked.server} gives no archive of ${asked.repositoryPath}`;
  if (!(await hasCommit(session, commit))) return commitMissing(what, commit);
  return new ProvidersError(
    'providers/archive-disabled',
    `${what}, although the commit ${commit} is there. Its administrator may have switched archive downloads off: switch them on, or fetch by git.`,
  );
}
