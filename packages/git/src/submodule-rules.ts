import { CodedError, type GitUrl } from '@gitsource/events';
import type { GitCredentials } from './credentials.ts';
import { GitError } from './errors.ts';
import { isSameOrigin, resolveSubmoduleUrl } from './remote-origin.ts';

/** Deeper nesting is taken for a circle. */
const MAX_DEPTH = 10;

/** A setting of `.gitmodules`: `submodule.<name>.path` or `.url`. */
export interface ModuleSetting {
  readonly name: string;
  readonly key: 'path' | 'url';
  readonly value: string;
}

/** Path to URL; of settings that are there twice, the last counts. */
export function submoduleUrls(settings: Iterable<ModuleSetting>): Map<string, string> {
  const byName = new Map<string, { path?: string; url?: string }>();
  for (const { name, key, value } of settings) byName.set(name, { ...byName.get(name), [key]: value });
  const urls = new Map<string, string>();
  for (const { path, url } of byName.values()) {
    if (path !== undefined && url !== undefined) urls.set(path.replace(/\/+$/, ''), url);
  }
  return urls;
}

/** Errors: `git/submodule-failed` where `prefix`, `lib/inner/`, is nested too deep. 1 is a submodule of the tree itself. */
export function expectSubmoduleDepth(depth: number, prefix: string): void {
  if (depth <= MAX_DEPTH) return;
  const what = `Submodules are nested more than ${MAX_DEPTH} deep at ${prefix}`;
  throw new GitError('git/submodule-failed', `${what}. Set Submodules to direct.`);
}

/** A repository, and what it may be shown. */
export interface SubmoduleRemote {
  readonly remote: GitUrl;
  readonly credentials: GitCredentials;
}

/**
 * Where a submodule is, by its URL in the `.gitmodules` of the repository that holds it. It is shown that one's credentials on
 * the same scheme, host and port only. Errors: `git/submodule-failed`.
 */
export function submoduleRemote(holder: SubmoduleRemote, url: string | undefined): SubmoduleRemote {
  if (url === undefined) {
    const remedy = 'Add them, or remove the submodule.';
    throw new GitError('git/submodule-failed', `It has no path and URL in .gitmodules. ${remedy}`);
  }
  const remote = resolveSubmoduleUrl(holder.remote, url);
  const { credentials } = holder;
  return { remote, credentials: isSameOrigin(remote, holder.remote) ? credentials : withoutSecrets(credentials) };
}

/** What another server may learn: only which host keys we trust, and those stay here. */
function withoutSecrets({ knownHosts }: GitCredentials): GitCredentials {
  return { kind: 'anonymous', ...(knownHosts === undefined ? {} : { knownHosts }) };
}

/** The commit that a submodule is at was never pushed, or was rewritten away. */
export function submoduleCommitMissing(remote: GitUrl, sha: string): GitError {
  const remedy = 'Push that commit, or commit the submodule again at one that is there.';
  return new GitError('git/submodule-failed', `${remote.text} does not have its commit ${sha}. ${remedy}`, {
    fault: 'revision-missing',
  });
}

/** Says of which submodule an error is: `git/submodule-failed` with the fault of its cause. */
export async function namingSubmodule<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { fault, retryable } = error;
    throw new GitError('git/submodule-failed', `Submodule ${JSON.stringify(path)}: ${error.message}`, {
      fault,
      retryable,
      cause: error,
    });
  }
}
