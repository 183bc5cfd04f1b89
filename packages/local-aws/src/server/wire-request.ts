import type { IncomingMessage } from 'node:http';
import type { WireRequest } from '../cloud/protocol.ts';
import { ServiceError } from '../cloud/service.ts';

/** Larger than any JSON or query request of AWS; S3 objects are streamed and not read here. */
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** Wraps a Node request; the body is read once and kept. */
export function wireRequest(message: IncomingMessage): WireRequest {
  const [rawPath, search] = splitOnce(message.url ?? '/', '?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  let body: Promise<Buffer> | undefined;
  return {
    message,
    method: message.method ?? 'GET',
    rawPath,
    query: new URLSearchParams(search),
    headers,
    readBody(maxBytes = DEFAULT_MAX_BYTES) {
      body ??= readAll(message, maxBytes);
      return body;
    },
  };
}

async function readAll(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new ServiceError('RequestEntityTooLarge', `The body exceeds ${maxBytes} bytes.`, 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
