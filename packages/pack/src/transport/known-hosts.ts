import { createHmac } from 'node:crypto';

/** What a `known_hosts` file says of one server. */
export interface KnownHost {
  /** The keys that it may show. */
  readonly keys: readonly HostKey[];
  /** Keys that were marked `@revoked`. */
  readonly revoked: readonly HostKey[];
  /** A `@cert-authority` vouches for certificates of the server, which only the system's `ssh` can check. */
  readonly hasAuthority: boolean;
}

export interface HostKey {
  /** `ssh-ed25519` */
  readonly type: string;
  readonly blob: Buffer;
  /** The line names the very port, not only the host. */
  readonly isOfPort: boolean;
}

/** `changed`: only other keys are known. */
export type Verdict = 'known' | 'unknown' | 'changed' | 'revoked';

const DEFAULT_PORT = 22;

/**
 * Reads lines of `known_hosts` as OpenSSH does: several names, `*`, `?` and `!`, hashed names, `[host]:port`, markers.
 * A name without a port vouches for the host's other ports too. What is no line of a key is passed over.
 * https://man.openbsd.org/sshd.8#SSH_KNOWN_HOSTS_FILE_FORMAT
 */
export function readKnownHost(text: string, host: string, port = DEFAULT_PORT): KnownHost {
  const bare = host.toLowerCase();
  const exact = port === DEFAULT_PORT ? bare : `[${bare}]:${port}`;
  const lines = text.split(/\r\n?|\n/).flatMap((text) => {
    const line = parseLine(text.trim());
    if (line === undefined) return [];
    const isOfPort = matchesNames(line.names, exact);
    return isOfPort || matchesNames(line.names, bare) ? [{ ...line, isOfPort }] : [];
  });
  const marked = (wanted: string | undefined): HostKey[] =>
    lines.flatMap(({ marker, type, blob, isOfPort }) => (marker === wanted ? [{ type, blob, isOfPort }] : []));
  return {
    keys: marked(undefined),
    revoked: marked('@revoked'),
    hasAuthority: marked('@cert-authority').length > 0,
  };
}

/** What to think of a server that shows this key, which is the blob that an SSH server sends. */
export function judgeHostKey({ keys, revoked }: KnownHost, blob: Buffer): Verdict {
  if (revoked.some((key) => key.blob.equals(blob))) return 'revoked';
  if (keys.some((key) => key.blob.equals(blob))) return 'known';
  return keys.some(({ isOfPort }) => isOfPort) ? 'changed' : 'unknown';
}

interface Line {
  readonly marker: string | undefined;
  readonly names: string;
  readonly type: string;
  readonly blob: Buffer;
}

function parseLine(line: string): Line | undefined {
  const [, marker, names = '', type = '', base64 = ''] =
    /^(?:(@\S+)\s+)?(\S+)\s+(\S+)\s+([A-Za-z0-9+/]+=*)(?:\s|$)/.exec(line) ?? [];
  const blob = Buffer.from(base64, 'base64');
  return names === '' || names.startsWith('#') || typeOf(blob) !== type ? undefined : { marker, names, type, blob };
}

/** A key begins with its kind, and the length of that before it. RFC 4253, 6.6. */
function typeOf(blob: Buffer): string {
  return blob.length < 4 ? '' : blob.toString('latin1', 4, 4 + blob.readUInt32BE(0));
}

/** One name of the list must match, and none that begins with `!`. */
function matchesNames(names: string, host: string): boolean {
  if (names.startsWith('|')) return matchesHash(names, host);
  const patterns = names.toLowerCase().split(',');
  const matches = (pattern: string) => toRegExp(pattern).test(host);
  return (
    !patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1))) &&
    patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern))
  );
}

/** `|1|salt|HMAC-SHA1 of the name`, as `HashKnownHosts` writes it. */
function matchesHash(hashed: string, host: string): boolean {
  const [, scheme, salt = '', hash = ''] = hashed.split('|');
  if (scheme !== '1') return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest().equals(Buffer.from(hash, 'base64'));
}

function toRegExp(pattern: string): RegExp {
  const escaped = pattern.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
