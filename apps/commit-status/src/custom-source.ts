import { ParseError, parseGitUrl, readGitRef } from '@gitsource/events';
import type { SourceRepository } from './source-repository.ts';

/** Repository of a custom action's `GitUrl`; `undefined` for one that is no Git URL. */
export function repositoryOfGitUrl(gitUrl: string): SourceRepository | undefined {
  try {
    const { host, kind, port, repositoryPath } = parseGitUrl(gitUrl.trim());
    // SSH has ports of its own.
    return { host, path: repositoryPath, ...(kind === 'https' && { port: port ?? 443 }) };
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

/** The full ref of an action's `Branch`, which is a full one already, or mostly a branch (a tag has no prefix here either). */
export function refOfBranch(branch: string | undefined): string | undefined {
  const ref = readGitRef(branch?.trim() ?? '');
  if ('problem' in ref) return undefined;
  return ref.kind === 'short' ? `refs/heads/${ref.text}` : ref.text;
}
