import { ParseError, shown } from './errors.ts';
import { isInstanceAddress } from './instance-address.ts';

/** Where a repository is. It holds no password. */
export interface GitUrl {
  readonly kind: 'ssh' | 'https';
  /** Lower case; an IPv6 address without its brackets. */
  readonly host: string;
  /** Only when the URL names one. */
  readonly port?: number;
  /** SSH: `git` unless the URL says otherwise. HTTPS: only when the URL names one. */
  readonly user?: string;
  /** As the server gets it: `/group/project.git`, or `group/project.git` for `git@host:group/project.git`. */
  readonly path: string;
  /** What Git is given and messages show. The user of an HTTPS URL is left out: credentials name theirs. */
  readonly text: string;
  /** `group/project`: no slash around, no `.git`, percent-encoding resolved. */
  readonly repositoryPath: string;
}

const MAX_URL_CHARACTERS = 1000;
const URL_FORM =
  /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#]*)@)?(\[[0-9a-f:.]+\]|[^:/?#@[\]]*)(?::(\d{1,5}))?(\/[^?#]*)?(.*)$/i;
const SCP_FORM = /^(?:([^@:/\s]+)@)?(\[[0-9a-f:.]+\]|[^@:/[\]\s]+):(?!\/\/)(.+)$/i;
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)$/i;
const USER = /^[a-z0-9_][a-z0-9._+~%-]*$/i;

/**
 * Reads `ssh://[user@]host[:port]/path`, `[user@]host:path` or `https://host[:port]/path`; all other transports are
 * refused, because Git would run programs (`ext::`), read local files, or send credentials in clear.
 * Throws `events/git-url-invalid`.
 */
export function parseGitUrl(text: string): GitUrl {
  if (text === '') throw refused(text, 'is empty');
  if (text.length > MAX_URL_CHARACTERS) throw refused(text, `is longer than ${MAX_URL_CHARACTERS} characters`);
  if (/[\p{Cc}\s]/u.test(text)) throw refused(text, 'contains a space or a control character');
  if (text.startsWith('-')) throw refused(text, 'starts with "-", as an option does');
  if (/^[a-z0-9+.-]+::/i.test(text)) throw refused(text, 'names a Git remote helper, which could run any program');
  const url = URL_FORM.exec(text);
  if (url !== null) return parseUrlForm(text, url);
  const scp = SCP_FORM.exec(text);
  if (scp === null) throw refused(text, 'is no URL of a remote repository');
  const [, user = 'git', host = '', path = ''] = scp;
  checkAddress(text, user, host, path);
  const plain = `${user}@${host.toLowerCase()}:${path}`;
  return { kind: 'ssh', host: unbracketed(host), user, path, text: plain, repositoryPath: repositoryPath(text, path) };
}

function parseUrlForm(text: string, match: RegExpExecArray): GitUrl {
  const [, givenScheme = '', userPart, host = '', portText, path = '', rest = ''] = match;
  const scheme = givenScheme.toLowerCase();
  if (scheme === 'http') throw refused(text, 'would send credentials and code unencrypted; use https://');
  if (scheme !== 'ssh' && scheme !== 'https') throw refused(text, `uses "${scheme}://", which is not allowed`);
  if (userPart?.includes(':')) {
    throw refused(text, 'contains a password; store it in the secret that CredentialsSecret names, and change it');
  }
  if (rest !== '') throw refused(text, 'goes on after the path: "?", "#" or a wrong port');
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && (port < 1 || port > 65_535)) throw refused(text, 'has a port outside 1 to 65535');
  const user = scheme === 'ssh' ? (userPart ?? 'git') : userPart;
  checkAddress(text, user, host, path);
  const authority = `${host.toLowerCase()}${port === undefined ? '' : `:${port}`}`;
  return {
    kind: scheme,
    host: unbracketed(host),
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
    path,
    text: scheme === 'ssh' ? `ssh://${user}@${authority}${path}` : `https://${authority}${path}`,
    repositoryPath: repositoryPath(text, path),
  };
}

function checkAddress(text: string, user: string | undefined, host: string, path: string): void {
  if (user !== undefined && (!USER.test(user) || /\p{Cc}/u.test(decoded(text, user)))) {
    throw refused(text, 'has a user name that is not allowed');
  }
  if (!HOST.test(host)) throw refused(text, host === '' ? 'has no host' : 'has a host that is not a host name');
  if (isInstanceAddress(host))
    throw refused(text, 'leads to a link-local address, where no Git server is but credentials are');
  if (/^\/*-/.test(path)) throw refused(text, 'has a path that starts with "-", as an option does');
}

function repositoryPath(text: string, path: string): string {
  const plain = decoded(text, path)
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/i, '');
  if (plain === '') throw refused(text, 'names no repository');
  if (/\p{Cc}/u.test(plain)) throw refused(text, 'contains a control character');
  if (plain.split('/').some((part) => part === '.' || part === '..' || part === '')) {
    throw refused(text, 'has an empty, "." or ".." part in its path');
  }
  return plain;
}

function decoded(text: string, path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw refused(text, 'has a "%" that is no percent-encoding');
  }
}

function unbracketed(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase();
}

function refused(text: string, reason: string): ParseError {
  return new ParseError(
    'events/git-url-invalid',
    `The Git URL ${shown(text)} ${reason}. Use ssh://git@host/path, git@host:path or https://host/path.`,
  );
}
