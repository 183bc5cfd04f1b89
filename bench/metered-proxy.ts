import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Stands before a TCP server and counts what the server sends. */
export class MeteredProxy {
  /** Bytes from the server since the last reset, TLS and all. */
  received = 0;
  /** Of everything from the server together; `undefined` for as fast as it goes. */
  bytesPerSecond: number | undefined;
  readonly #server = createServer((client) => this.#relay(client));
  readonly #port: number;
  #free = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Returns the proxy's own port on 127.0.0.1. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP port');
    return address.port;
  }

  close(): void {
    this.#server.close();
  }

  #relay(client: Socket): void {
    const server = connect(this.#port, '127.0.0.1');
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
    client.pipe(server);
    server.on('data', (chunk: Buffer) => {
      this.received += chunk.length;
      if (this.bytesPerSecond === undefined) {
        if (!client.write(chunk)) {
          server.pause();
          client.once('drain', () => server.resume());
        }
        return;
      }
      server.pause();
      void this.#paced(chunk.length).then(() => {
        client.write(chunk);
        server.resume();
      });
    });
    server.on('close', () => client.end());
    client.on('close', () => server.destroy());
  }

  /** Waits until the line would have carried these bytes; short waits are saved up, because timers are coarse. */
  async #paced(bytes: number): Promise<void> {
    const now = performance.now();
    this.#free = Math.max(this.#free, now) + (bytes / (this.bytesPerSecond ?? 1)) * 1000;
    if (this.#free - now > 5) await delay(this.#free - now);
  }
}
