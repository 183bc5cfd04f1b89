import { request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { type Duplex, PassThrough } from 'node:stream';
import { connect as connectTls, rootCertificates } from 'node:tls';
import { RuntimeError } from './errors.ts';
import type { HttpProxy } from './find-proxy.ts';

/** As long as a connection of SSH may take. */
const TUNNEL_TIMEOUT_MS = 20_000;

export interface TunnelOptions {
  /** PEM of a private authority, trusted beside the public ones where the way to the proxy is encrypted. */
  readonly caCertificate?: string | undefined;
  /** Default 20,000. */
  readonly timeoutMs?: number;
}

/**
 * An agent whose connections go through a proxy. Requests fail with `runtime/proxy-refused`, or `-unauthorized` where it asks for
 * other credentials.
 */
export function createTunnelAgent(proxy: HttpProxy, options: TunnelOptions = {}): Agent {
  return new TunnelAgent(proxy, options);
}

type CreateConnection = Agent['createConnection'];

class TunnelAgent extends Agent {
  readonly #proxy: HttpProxy;
  readonly #options: TunnelOptions;

  constructor(proxy: HttpProxy, options: TunnelOptions) {
    super({ keepAlive: true });
    this.#proxy = proxy;
    this.#options = options;
  }

  override createConnection(...[request, callback]: Parameters<CreateConnection>): ReturnType<CreateConnection> {
    const { host, port, servername, ca } = request;
    const secure = { host: host ?? '', servername, ca };
    openTunnel(this.#proxy, `${bracketed(host ?? '')}:${port ?? 443}`, this.#options).then(
      (socket) => callback?.(null, connectTls({ ...secure, socket })),
      // The types ask for a stream with an error, too.
      (error: Error) => callback?.(error, new PassThrough()),
    );
    return undefined;
  }
}

function openTunnel(proxy: HttpProxy, target: string, options: TunnelOptions): Promise<Duplex> {
  const { kind, host, port, authorization } = proxy;
  const { caCertificate, timeoutMs = TUNNEL_TIMEOUT_MS } = options;
  const start = kind === 'https' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = start({
      host,
      port,
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...(authorization !== undefined && { 'proxy-authorization': authorization }) },
      agent: false,
      timeout: timeoutMs,
      ...(caCertificate !== undefined && { ca: [...rootCertificates, caCertificate] }),
    });
    request.on('connect', (answer, socket, head) => {
      const status = answer.statusCode ?? 0;
      socket.setTimeout(0);
      if (status >= 200 && status < 300) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      } else {
        socket.destroy();
        reject(refused(proxy, target, status));
      }
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', (cause) => reject(unreachable(proxy, target, cause)));
    request.end();
  });
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Whether another attempt may help: the proxy's own trouble, not its rules. */
function refused(proxy: HttpProxy, target: string, status: number): RuntimeError {
  const what = `${nameOf(proxy)} does not connect to ${target} (${status})`;
  if (status === 407) {
    const advice = 'Put user and password into the URL of the proxy variable';
    return new RuntimeError('runtime/proxy-unauthorized', `${what}. ${advice}.`);
  }
  const advice = 'Check HTTPS_PROXY and NO_PROXY, and what the proxy allows';
  return new RuntimeError('runtime/proxy-refused', `${what}. ${advice}.`, { retryable: status >= 500 });
}

function unreachable(proxy: HttpProxy, target: string, cause: Error): RuntimeError {
  const what = `${nameOf(proxy)} cannot be reached, so nor can ${target}`;
  return new RuntimeError('runtime/proxy-refused', `${what}. Check HTTPS_PROXY and NO_PROXY.`, { cause });
}

/** Without what proves who we are. */
function nameOf({ kind, host, port }: HttpProxy): string {
  return `The proxy ${kind}://${bracketed(host)}:${port}`;
}
