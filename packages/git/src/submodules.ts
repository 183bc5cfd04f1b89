import { join } from 'node:path';
import { type CommitSha, isCommitSha } from '@gitsource/events';
import { createBareRepository, fetchShallow } from './fetch-objects.ts';
import { type GitContext, runGit } from './git-process.ts';
import { openGitSession } from './git-session.ts';
import { fetchLfs } from './lfs.ts';
import { listTree } from './read-tree.ts';
import {
  expectSubmoduleDepth,
  type ModuleSetting,
  namingSubmodule,
  type SubmoduleRemote,
  submoduleCommitMissing,
  submoduleRemote,
  submoduleUrls,
} from './submodule-rules.ts';

/** A submodule's commit on disk. */
export interface FetchedSubmodule {
  /** From the top of the superproject. */
  readonly path: string;
  readonly folder: string;
  readonly sha: CommitSha;
}

export interface SubmoduleRequest extends SubmoduleRemote {
  /** Repository and commit that hold the submodules. */
  readonly folder: string;
  readonly sha: CommitSha;
  /** Only submodules at and below these paths; empty for all. */
  readonly paths: readonly string[];
  readonly recursive: boolean;
  readonly lfs: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly context: GitContext;
  readonly workFolder: string;
}

/**
 * Fetches the commits that a tree's submodules name, outermost first. Credentials go to the same scheme, host and port
 * only; any other server is asked anonymously. Errors carry the submodule's path: `git/submodule-failed` with the
 * fault of its cause.
 */
export async function fetchSubmodules(request: SubmoduleRequest, prefix = '', depth = 1): Promise<FetchedSubmodule[]> {
  const links = await listLinks(request);
  if (links.length === 0) return [];
  expectSubmoduleDepth(depth, prefix);
  const urls = await readSubmoduleUrls(request);
  const fetched: FetchedSubmodule[] = [];
  for (const [index, link] of links.entries()) {
    const path = prefix + link.path;
    const workFolder = join(request.workFolder, `submodule-${index}`);
    const own = await namingSubmodule(path, () => fetchOne(request, urls.get(link.path), link.sha, workFolder));
    fetched.push({ path, folder: own.folder, sha: link.sha });
    if (!request.recursive) continue;
    const inner = { ...request, ...own, sha: link.sha, paths: [], workFolder };
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
  const settings: ModuleSetting[] = [];
  for (const entry of stdout.split('\0')) {
    const [, name, key, value] = /^submodule\.([\s\S]*)\.(path|url)\n([\s\S]*)$/.exec(entry) ?? [];
    const isSetting = key === 'path' || key === 'url';
    if (name !== undefined && value !== undefined && isSetting) settings.push({ name, key, value });
  }
  return submoduleUrls(settings);
}

/** What came, and what its own submodules may be shown. */
async function fetchOne(
  request: SubmoduleRequest,
  url: string | undefined,
  sha: CommitSha,
  workFolder: string,
): Promise<SubmoduleRemote & { readonly folder: string }> {
  const { remote, credentials } = submoduleRemote(request, url);
  const { environment, context } = request;
  const session = await openGitSession({ remote, credentials, workFolder, environment, idleMs: context.idleMs });
  try {
    const connection = { context: { ...context, environment: session.environment }, remote, secrets: session.secrets };
    const folder = join(workFolder, 'repository.git');
    await createBareRepository(connection.context, folder, sha);
    const fallback = { refspec: '+refs/heads/*:refs/gitsource/heads/*' };
    if (await fetchShallow(connection, folder, { sha, fallback })) {
      if (request.lfs) await fetchLfs(connection, folder, sha, []);
      return { remote, credentials, folder };
    }
    throw submoduleCommitMissing(remote, sha);
  } finally {
    await session.dispose();
  }
}
