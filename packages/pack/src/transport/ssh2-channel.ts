import type { Readable } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { serverRefused } from '../protocol/packet-reader.ts';
import type { ByteChannel } from './byte-channel.ts';
import { connectSsh2, type Ssh2Peer } from './ssh2-connection.ts';
import { brokenConnection, connectionLost } from './ssh2-failure.ts';
import { uploadPackExec } from './upload-pack-exec.ts';

/** Servers print a line or two when they refuse. */
const MAX_WORDS = 64 * 1024;

/** Runs `git-upload-pack` on the server of the URL, and speaks version 2 of its protocol where the server lets us say so. */
export async function openSsh2Channel(peer: Ssh2Peer, signal: AbortSignal): Promise<ByteChannel> {
  const { url } = peer;
  const { client, close } = await connectSsh2(peer, signal);
  let failure: Error | undefined;
  // Without a listener, an error would end the process.
  client.on('error', (error) => {
    failure ??= error;
  });
  signal.addEventListener('abort', close, { once: true });
  try {
    const channel = await execute(client, uploadPackExec(url).command);
    const ended = watchEnd(channel);
    return {
      chunks: readChunks(channel),
      write: (text) => void channel.write(text),
      explainEnd: async () => {
        const { hasExited, words } = await ended;
        if (failure !== undefined) return brokenConnection(url, failure);
        if (words !== '') return serverRefused(words);
        // Who ends well without an answer does not speak our protocol.
        return hasExited ? undefined : connectionLost(url, failure);
      },
      close,
    };
  } catch (cause) {
    close();
    signal.throwIfAborted();
    throw brokenConnection(url, failure ?? cause);
  } finally {
    signal.removeEventListener('abort', close);
  }
}

function execute(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    // Nothing is heard of a connection that ends before the answer, except this.
    client.once('close', () => reject(new Error('closed')));
    client.exec(command, { env: { GIT_PROTOCOL: 'version=2' } }, (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(error);
    });
  });
}

/** How the program ended, known when the channel is closed. */
function watchEnd(channel: ClientChannel): Promise<{ readonly hasExited: boolean; readonly words: string }> {
  let hasExited = false;
  let words = '';
  channel.on('exit', () => {
    hasExited = true;
  });
  channel.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-MAX_WORDS);
  });
  return new Promise((resolve) => {
    channel.on('close', () => resolve({ hasExited, words: words.trim() }));
  });
}

/** Not the stream's own iterator, which takes a channel for broken that is closed before its last bytes are read. */
function readChunks(channel: Readable): AsyncIterator<Uint8Array> {
  let hasEnded = false;
  let wake = (): void => undefined;
  channel.on('readable', () => wake());
  channel.on('end', () => {
    hasEnded = true;
    wake();
  });
  return {
    async next() {
      for (;;) {
        const value: Uint8Array | null = channel.read();
        if (value !== null) return { done: false, value };
        if (hasEnded) return { done: true, value: undefined };
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
