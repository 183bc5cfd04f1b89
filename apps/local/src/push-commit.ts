import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitFiles, type FileContent, runGit } from '@gitsource/local-git';
import type { ServedGit } from './served-git.ts';

export interface CommitToPush {
  readonly branch: string;
  readonly message: string;
  readonly files: Readonly<Record<string, FileContent>>;
}

/** Commits on top of the served branch and pushes it over HTTPS, as a person would; returns the commit SHA. */
export function pushCommit(git: ServedGit, commit: CommitToPush): Promise<string> {
  const ref = `refs/heads/${commit.branch}`;
  return pushFromClone(git, git.served.httpsUrl, ref, (clone) => commitFiles(clone, commit.branch, commit));
}

/** Clones, pushes the ref that `change` made in the bare clone, and returns what that returned. */
export async function pushFromClone(
  git: ServedGit,
  httpsUrl: string,
  ref: string,
  change: (clone: string) => Promise<string>,
): Promise<string> {
  const clone = await mkdtemp(join(tmpdir(), 'gitsource-push-'));
  const basic = Buffer.from(`${git.user}:${git.password}`).toString('base64');
  const environment = {
    GIT_SSL_CAINFO: git.served.caCertificateFile,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
  try {
    await runGit(clone, ['clone', '--quiet', '--bare', httpsUrl, '.'], { environment });
    const sha = await change(clone);
    await runGit(clone, ['push', '--quiet', httpsUrl, ref], { environment });
    return sha;
  } finally {
    await rm(clone, { recursive: true, force: true });
  }
}
