import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificates } from './certificates.ts';
import { closeServer, listen } from './ssh-server.ts';

export interface HttpProxyOptions {
  /** The way to the proxy is encrypted. Default: it is not. */
  readonly certificates?: Pick<Certificates, 'certificate' | 'privateKey'>;
  /** `user:password` that it asks for. Default: none. */
  readonly credentials?: string;
}

export interface RunningProxy {
  /** `http://127.0.0.1:PORT`, without credentials. */
  readonly url: string;
  /** Each `host:port` that a tunnel was asked for. */
  readonly connects: readonly string[];
  /** Answers so from now on, instead of connecting: 403. */
  readonly refuse: (status: number) => void;
  readonly close: () => Promise<void>;
}

/** An HTTP proxy on loopback that does CONNECT and nothing else. */
export async function startHttpProxy({ certificates, credentials }: HttpProxyOptions = {}): Promise<RunningProxy> {
  const connects: string[] = [];
  const sockets = new Set<Duplex>();
  let refusal: number | undefined;
  const expected = credentials && `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`;
  const server =
    certificates === undefined
      ? createServer()
      : createTlsServer({ cert: certificates.certificate, key: certificates.privateKey });
  server.on('request', (_request, response) => response.writeHead(405).end());
  server.on('connect', (request, client: Duplex) => {
    sockets.add(client);
    client.on('error', () => undefined);
    const isUnknown = expected !== undefined && request.headers['proxy-authorization'] !== expected;
    const status = refusal ?? (isUnknown ? 407 : undefined);
    if (status !== undefined) {
      client.end(`HTTP/1.1 ${status} Refused\r\nProxy-Authenticate: Basic realm="proxy"\r\n\r\n`);
      return;
    }
    connects.push(request.url ?? '');
    sockets.add(relay(client, request.url ?? ''));
  });
  const port = await listen(server, 0);
  return {
    url: `${certificates === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    connects,
    refuse: (status) => {
      refusal = status;
    },
    close: () => closeServer(server, sockets),
  };
}

function relay(client: Duplex, target: string): Socket {
  const [host = '', port] = target.split(':');
  const upstream = connect(Number(port), host, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    upstream.pipe(client).pipe(upstream);
  });
  upstream.on('error', () => client.destroy());
  return upstream;
}
