import { isIPv6 } from 'node:net';

/** Where a repository is: as a URL of it says, or a delivery. */
export interface RepositoryHost {
  /** `git.example.com`; an IPv6 address with its brackets or without them. */
  readonly host: string;
  /** Absent: not known, as a delivery does not tell which of a server's ports its repository is fetched from. */
  readonly port?: number;
}

/**
 * True where a repository is on the host of a connection: `git.example.com`, `git.example.com:8443`, `[2001:db8::1]`. Ports
 * count where both are named.
 */
export function matchHost(connectionHost: string, { host, port }: RepositoryHost): boolean {
  const [, name = '', ownPort] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(connectionHost) ?? [];
  const isPort = ownPort === undefined || port === undefined || Number(ownPort) === port;
  return name !== '' && canonical(name) === canonical(host) && isPort;
}

/** An IPv6 address has many spellings; of those a URL has one. */
function canonical(host: string): string {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  const url = `http://[${name}]/`;
  return isIPv6(name) && URL.canParse(url) ? new URL(url).hostname : name;
}
