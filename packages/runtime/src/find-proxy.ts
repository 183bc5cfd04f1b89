import { BlockList, isIP } from 'node:net';

/** A proxy that connects to any server by `CONNECT`. */
export interface HttpProxy {
  /** Whether the way to the proxy itself is encrypted. */
  readonly kind: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** For `Proxy-Authorization`: `Basic …`. */
  readonly authorization?: string;
}

/** Where there are two spellings, the small one counts, and the first that is set is the proxy. */
const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];
const NO_PROXY_VARIABLES = ['no_proxy', 'NO_PROXY'];
const PROXY_FORM =
  /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^@/]*)@)?(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::(\d{1,5}))?\/?$/i;
/** Of curl, where the URL names none. */
const PORTS = { http: 1080, https: 443 } as const;

/**
 * The proxy by which git, which leaves most of it to curl, would reach a server over HTTPS; `unsupported` where the variables
 * name one that only they know how to use, such as `socks5://`.
 * https://everything.curl.dev/usingcurl/proxies/env.html
 */
export function findProxy(
  environment: Readonly<Record<string, string | undefined>>,
  host: string,
): HttpProxy | 'unsupported' | undefined {
  const value = firstSet(environment, PROXY_VARIABLES);
  if (value === undefined || isExcepted(host, firstSet(environment, NO_PROXY_VARIABLES) ?? '')) return undefined;
  return parseProxy(value) ?? 'unsupported';
}

function firstSet(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): string | undefined {
  return names.map((name) => environment[name] ?? '').find((value) => value !== '');
}

function parseProxy(text: string): HttpProxy | undefined {
  const [, scheme = 'http', user, host = '', port] = PROXY_FORM.exec(text) ?? [];
  const kind = scheme.toLowerCase();
  if (host === '' || (kind !== 'http' && kind !== 'https')) return undefined;
  const authorization = user === undefined ? undefined : basicAuthorization(user);
  if (user !== undefined && authorization === undefined) return undefined;
  return {
    kind,
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? PORTS[kind] : Number(port),
    ...(authorization !== undefined && { authorization }),
  };
}

function basicAuthorization(user: string): string | undefined {
  const [name = '', password = ''] = user.split(/:(.*)/s);
  try {
    const credentials = `${decodeURIComponent(name)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`;
  } catch {
    return undefined;
  }
}

/** `*` alone, or names and addresses: a name stands for what is below it too, an address may have a prefix length. */
function isExcepted(host: string, exceptions: string): boolean {
  if (exceptions === '*') return true;
  const name = host.toLowerCase().replace(/\.$/, '');
  const entries = exceptions.toLowerCase().split(/[\s,]+/);
  const family = isIP(name);
  if (family !== 0) return entries.some((entry) => isWithin(name, family, entry.replace(/[[\]]/g, '')));
  return entries
    .map((entry) => entry.replace(/^\.|\.$/g, ''))
    .some((entry) => entry !== '' && (name === entry || name.endsWith(`.${entry}`)));
}

function isWithin(address: string, family: number, entry: string): boolean {
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const [network = '', bits = family === 6 ? '128' : '32'] = entry.split('/');
  if (isIP(network) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), type);
  return list.check(address, type);
}
