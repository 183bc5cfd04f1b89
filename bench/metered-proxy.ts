import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Stands before a TCP server and counts what the server sends. */
export class MeteredProxy {
  /** Bytes from the server since the last reset, TLS and all. */
  received = 0;
  /** Of everything from the server together; `undefined` for as fast as it goes. */
  bytesPerSecond: number | undefined;
  /** Of everything to the server together. */
  sentBytesPerSecond: number | undefined;
  readonly #server = createServer((client) => this.#relay(client));
  readonly #port: number;
  readonly #in = new Line();
  readonly #out = new Line();

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
    pass(client, server, (bytes) => this.#out.carry(bytes, this.sentBytesPerSecond));
    client.on('end', () => server.end());
    pass(server, client, (bytes) => {
      this.received += bytes;
      return this.#in.carry(bytes, this.bytesPerSecond);
    });
    server.on('close', () => client.end());
    client.on('close', () => server.destroy());
  }
}

/** Passes on what comes, each piece when `carried` says so and the taker has room. */
function pass(from: Socket, to: Socket, carried: (bytes: number) => Promise<void> | undefined): void {
  const write = (chunk: Buffer) => {
    if (to.write(chunk)) from.resume();
    else to.once('drain', () => from.resume());
  };
  from.on('data', (chunk: Buffer) => {
    from.pause();
    const waiting = carried(chunk.length);
    if (waiting === undefined) write(chunk);
    else void waiting.then(() => write(chunk));
  });
}

/** One direction of a line. */
class Line {
  #free = 0;

  /** Waits until the line would have carried these bytes; short waits are saved up, because timers are coarse. */
  carry(bytes: number, bytesPerSecond: number | undefined): Promise<void> | undefined {
    if (bytesPerSecond === undefined) return undefined;
    const now = performance.now();
    this.#free = Math.max(this.#free, now) + (bytes / bytesPerSecond) * 1000;
    return this.#free - now > 5 ? delay(this.#free - now) : Promise.resolve();
  }
}
