import { CodedError, type GitUrl, parseGitUrl } from '@gitsource/events';

/** Whether a clone URL is of the repository that its provider calls `path`. */
export type NamesRepository = (url: GitUrl, path: string) => boolean;

/**
 * What a server gets of a URL: `group/project`, without slashes around and `.git`. Of `git@host:path` nothing is decoded, as
 * git decodes nothing there.
 */
export function clonePath({ path, repositoryPath, text }: GitUrl): string {
  return text.includes('://') ? repositoryPath : path.replace(/^\/+|\/+$/g, '').replace(/\.git$/i, '');
}

/** For servers whose paths are the same in all spellings. Their HTTPS may be below a path of its own, their SSH never is. */
export const namesPath: NamesRepository = (url, path) => {
  const [found, wanted] = [clonePath(url).toLowerCase(), path.toLowerCase()];
  return found === wanted || (url.kind === 'https' && found.endsWith(`/${wanted}`));
};

/** For servers of which nothing is known: their repositories may be anywhere below a folder, by either kind of URL. */
export const endsInPath: NamesRepository = (url, path) => `/${clonePath(url)}`.endsWith(`/${path}`);

/** `undefined` for what no git would be given. Servers of one's own may have no TLS; their paths are read alike. */
export function readCloneUrl(text: string): GitUrl | undefined {
  try {
    return parseGitUrl(text.replace(/^http:/i, 'https:'));
  } catch (error) {
    // Its message shows the URL.
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}
