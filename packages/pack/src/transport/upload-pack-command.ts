import type { GitUrl } from '@gitsource/events';

/**
 * What an SSH server is asked to run, with the path quoted as git does: a URL is decoded and `/~ada/app` is in Ada's home,
 * `git@host:path` is taken as it is.
 */
export function uploadPackCommand({ path, text }: Pick<GitUrl, 'path' | 'text'>): string {
  const plain = (text.startsWith('ssh://') ? decodeURIComponent(path) : path).replace(/^\/~/, '~');
  const quoted = plain.replace(/['!]/g, (character) => `'\\${character}'`);
  return `git-upload-pack '${quoted}'`;
}
