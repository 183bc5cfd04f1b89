import { GitError } from './errors.ts';

/**
 * Checks a path that a tree names. Git's own `add` writes no such paths, but a hostile server can send them.
 * Errors: `git/path-unsafe`.
 */
export function parseTreePath(bytes: Uint8Array): string {
  const path = decodePath(bytes);
  const unsafe = path
    .split('/')
    .some((segment) => segment === '' || segment === '.' || segment === '..' || isGitFolder(segment));
  if (!unsafe) return path;
  const why = 'has an empty, "." or ".." segment, or a folder named .git';
  throw new GitError(
    'git/path-unsafe',
    `The commit holds the path ${JSON.stringify(path)}, which ${why}. Remove it from the repository.`,
  );
}

/** A path as text. Errors: `git/path-unsafe` where it is not UTF-8. */
export function decodePath(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const shown = Buffer.from(bytes).toString('latin1');
    throw new GitError(
      'git/path-unsafe',
      `The name of ${JSON.stringify(shown)} is not UTF-8, and a zip cannot hold it. Rename it.`,
    );
  }
}

/** `.git` in any case, as file systems that ignore case would take it. */
function isGitFolder(segment: string): boolean {
  return segment.toLowerCase() === '.git';
}
