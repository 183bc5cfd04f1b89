import type { IncomingMessage } from 'node:http';

/** A body, or why there is none: over the cap, not complete in time, or the sender went away. */
export type BodyRead = Buffer | 'too-large' | 'too-slow' | 'gone';

export interface BodyLimits {
  readonly maxBytes: number;
  /** From now until the last byte. */
  readonly timeoutMs: number;
}

/** Reads a request's body; what exceeds `maxBytes` is not kept, and a declared length over it is not even read. */
export function readBody(message: IncomingMessage, { maxBytes, timeoutMs }: BodyLimits): Promise<BodyRead> {
  if (Number(message.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (read: BodyRead) => {
      clearTimeout(timer);
      message.off('data', take);
      resolve(read);
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) end('too-large');
      else chunks.push(chunk);
    };
    const timer = setTimeout(() => end('too-slow'), timeoutMs);
    message.on('data', take);
    message.once('end', () => end(Buffer.concat(chunks)));
    message.once('close', () => end('gone'));
    message.once('error', () => end('gone'));
  });
}
