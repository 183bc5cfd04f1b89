import type { GitUrl } from '@gitsource/events';

/**
 * Who asks an SSH server, and what it is asked to run. As git has it, a URL is decoded, and `/~ada/app` in one is in Ada's home;
 * `git@host:path` is taken as it is.
 */
export function uploadPackExec({ user = 'git', path, text }: Pick<GitUrl, 'user' | 'path' | 'text'>): {
  readonly user: string;
  readonly command: string;
} {
  const decode = text.startsWith('ssh://') ? decodeURIComponent : (plain: string) => plain;
  const quoted = decode(path)
    .replace(/^\/~/, '~')
    .replace(/['!]/g, (character) => `'\\${character}'`);
  return { user: decode(user), command: `git-upload-pack '${quoted}'` };
}
