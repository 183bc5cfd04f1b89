import { join } from 'node:path';
import { type CommitSha, type GitUrl, isCommitSha } from '@gitsource/events';
import type { GitCredentials } from './credentials.ts';
import { GitError } from './errors.ts';
import { createBareRepository, fetchShallow } from './fetch-objects.ts';
import { type GitContext, runGit } from './git-process.ts';
import { openGitSession } from './git-session.ts';
import { fetchLfs } from './lfs.ts';
import { listTree } from './read-tree.ts';
import { isSameOrigin, resolveSubmoduleUrl } from './remote-origin.ts';

/** A submodule's commit on disk. */
export interface FetchedSubmodule {
  /** From the top of the superproject. */
  readonly path: string;
  readonly folder: string;
  readonly sha: CommitSha;
}

export interface SubmoduleRequest {
  readonly remote: GitUrl;
  /** Repository and commit that hold the submodules. */
  readonly folder: string;
  readonly sha: CommitSha;
  /** Only submodules at and below these paths; empty for all. */
  readonly paths: readonly string[];
  readonly recursive: boolean;
  readonly lfs: boolean;
  readonly credentials: GitCredentials;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly context: GitContext;
  readonly workFolder: string;
}

/** Deeper nesting is taken for a circle. */
const MAX_DEPTH = 10;

/**
 * Fetches the commits that a tree's submodules name, outermost first. Credentials go to the same scheme, host and port
 * only; any other server is asked anonymously. Errors carry the submodule's path: `git/submodule-failed` with the
 * fault of its cause.
 */
export async function fetchSubmodules(request: SubmoduleRequest, prefix = '', depth = 1): Promise<FetchedSubmodule[]> {
  const links = await listLinks(request);
  if (links.length === 0) return [];
  if (depth > MAX_DEPTH) {
    throw new GitError(
      'git/submodule-failed',
      `Submodules are nested more than ${MAX_DEPTH} deep at ${prefix}. Set Submodules to direct.`,
    );
  }
  const urls = await readSubmoduleUrls(request);
  const fetched: FetchedSubmodule[] = [];
  for (const [index, link] of links.entries()) {
    const path = prefix + link.path;
    const workFolder = join(request.workFolder, `submodule-${index}`);
    const { remote, folder } = await namingPath(path, () =>
      fetchOne(request, urls.get(link.path), link.sha, workFolder),
    );
    fetched.push({ path, folder, sha: link.sha });
    if (!request.recursive) continue;
    const inner = { ...request, remote, folder, sha: link.sha, paths: [], workFolder };
    fetched.push(...(await fetchSubmodules(inner, `${path}/`, depth + 1)));
  }
  return fetched;
}

async function listLinks({
  context,
  folder,
  sha,
  paths,
}: SubmoduleRequest): Promise<{ path: string; sha: CommitSha }[]> {
  const links: { path: string; sha: CommitSha }[] = [];
  for await (const { path, kind, objectSha } of listTree(context, folder, sha, paths)) {
    if (kind === 'submodule' && isCommitSha(objectSha)) links.push({ path, sha: objectSha });
  }
  return links;
}

/** Path to URL, as `.gitmodules` of the commit says. */
async function readSubmoduleUrls({ context, folder, sha }: SubmoduleRequest): Promise<Map<string, string>> {
  const args = ['config', '-z', `--blob=${sha}:.gitmodules`, '--get-regexp', '^submodule\\..*\\.(path|url)$'];
  const { stdout } = await runGit(context, args, { folder });
  const byName = new Map<string, { path?: string; url?: string }>();
  for (const entry of stdout.split('\0')) {
    const [, name, key, value] = /^submodule\.([\s\S]*)\.(path|url)\n([\s\S]*)$/.exec(entry) ?? [];
    if (name !== undefined && key !== undefined) byName.set(name, { ...byName.get(name), [key]: value });
  }
  const urls = new Map<string, string>();
  for (const { path, url } of byName.values()) {
    if (path !== undefined && url !== undefined) urls.set(path.replace(/\/+$/, ''), url);
  }
  return urls;
}

async function fetchOne(request: SubmoduleRequest, url: string | undefined, sha: CommitSha, workFolder: string) {
  if (url === undefined) {
    throw new GitError(
      'git/submodule-failed',
      'It has no path and URL in .gitmodules. Add them, or remove the submodule.',
    );
  }
  const remote = resolveSubmoduleUrl(request.remote, url);
  const { credentials, environment, context } = request;
  const own = isSameOrigin(remote, request.remote) ? credentials : withoutSecrets(credentials);
  const session = await openGitSession({ remote, credentials: own, workFolder, environment, idleMs: context.idleMs });
  try {
    const connection = { context: { ...context, environment: session.environment }, remote, secrets: session.secrets };
    const folder = join(workFolder, 'repository.git');
    await createBareRepository(connection.context, folder, sha);
    const fallback = { refspec: '+refs/heads/*:refs/gitsource/heads/*' };
    if (await fetchShallow(connection, folder, { sha, fallback })) {
      if (request.lfs) await fetchLfs(connection, folder, sha, []);
      return { remote, folder };
    }
    const remedy = 'Push that commit, or commit the submodule again at one that is there.';
    throw new GitError('git/submodule-failed', `${remote.text} does not have its commit ${sha}. ${remedy}`, {
      fault: 'revision-missing',
    });
  } finally {
    await session.dispose();
  }
}

/** What another server may learn: only which host keys we trust, and those stay here. */
function withoutSecrets({ knownHosts }: GitCredentials): GitCredentials {
  return { kind: 'anonymous', ...(knownHosts === undefined ? {} : { knownHosts }) };
}

async function namingPath<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const { fault, retryable } = error;
    throw new GitError('git/submodule-failed', `Submodule ${JSON.stringify(path)}: ${error.message}`, {
      fault,
      retryable,
      cause: error,
    });
  }
}
