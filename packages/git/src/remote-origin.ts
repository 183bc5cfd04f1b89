import { type GitUrl, ParseError, parseGitUrl } from '@gitsource/events';
import { GitError } from './errors.ts';

/** `https://git.example.com:8443`, the part within which credentials may be used. */
export function originOf(remote: Pick<GitUrl, 'kind' | 'host' | 'port'>): string {
  const host = remote.host.includes(':') ? `[${remote.host}]` : remote.host;
  return `${remote.kind}://${host}${remote.port === undefined ? '' : `:${remote.port}`}`;
}

const DEFAULT_PORTS = { ssh: 22, https: 443 } as const;

/** Whether credentials for one may be shown to the other: same scheme, host and port. */
export function isSameOrigin(left: GitUrl, right: GitUrl): boolean {
  const withPort = ({ kind, host, port = DEFAULT_PORTS[kind] }: GitUrl) => originOf({ kind, host, port });
  return withPort(left) === withPort(right);
}

/**
 * A submodule's URL as git reads it: `./` and `../` are relative to the repository that holds it. It is parsed as
 * strictly as that repository's own. Errors: `git/submodule-failed`.
 */
export function resolveSubmoduleUrl(parent: GitUrl, url: string): GitUrl {
  const absolute = /^\.\.?\//.test(url) ? joinRelative(parent.text.replace(/\/+$/, ''), url) : url;
  try {
    return parseGitUrl(absolute);
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw cause;
    throw new GitError('git/submodule-failed', `Its URL in .gitmodules is not usable. ${cause.message}`, { cause });
  }
}

/** Every `../` takes one part of the path away; at the host there is none left, and the result is refused as a URL. */
function joinRelative(parent: string, url: string): string {
  let base = parent;
  let rest = url;
  for (;;) {
    if (rest.startsWith('./')) {
      rest = rest.slice(2);
    } else if (rest.startsWith('../')) {
      rest = rest.slice(3);
      base = withoutLastPart(base);
    } else {
      return base.endsWith(':') ? `${base}${rest}` : `${base}/${rest}`;
    }
  }
}

function withoutLastPart(base: string): string {
  const start = base.indexOf('://') + 3;
  const slash = base.lastIndexOf('/');
  if (base.includes('://')) return slash >= start ? base.slice(0, slash) : '';
  const colon = base.indexOf(':');
  return slash > colon ? base.slice(0, slash) : base.slice(0, colon + 1);
}
