import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface HttpProxy {
  readonly url: string;
  /** Each `host:port` that a tunnel was asked for. */
  readonly connects: readonly string[];
  /** Answers 403 from now on. */
  readonly refuse: () => void;
  readonly close: () => Promise<void>;
}

/** An HTTP proxy on loopback that does CONNECT and nothing else. */
export async function startProxy(): Promise<HttpProxy> {
  const connects: string[] = [];
  const sockets = new Set<Duplex>();
  let refusing = false;
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, client: Duplex) => {
    sockets.add(client);
    client.on('error', () => undefined);
    if (refusing) {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    connects.push(request.url ?? '');
    const [host, port] = (request.url ?? '').split(':');
    const upstream: Socket = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    sockets.add(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    connects,
    refuse: () => {
      refusing = true;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
