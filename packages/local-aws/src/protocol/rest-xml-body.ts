import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { ServiceError } from '../cloud/service.ts';
import { CHECKSUMS, type Checksum, createChecksum } from './rest-xml-checksums.ts';
import { type Trailers, unchunk } from './rest-xml-chunked.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * The body of an upload as the client meant it: without chunk framing, its length, Content-MD5, payload hash and every
 * `x-amz-checksum-*`, from header or trailer, checked when its end is reached. A body that fails ends with ServiceError.
 * Chunk signatures are not verified: the request's own signature is, and loopback carries no strangers.
 */
export function uploadBody(message: IncomingMessage, headers: Headers): Readable {
  return Readable.from(verified(message, headers), { objectMode: false, highWaterMark: 256 * 1024 });
}

async function* verified(message: IncomingMessage, headers: Headers): AsyncGenerator<Buffer> {
  const hash = headers['x-amz-content-sha256'] ?? '';
  const chunked = hash.startsWith('STREAMING-') || /\baws-chunked\b/.test(headers['content-encoding'] ?? '');
  const trailers: Trailers = new Map();
  const checks = expectedChecks(headers);
  let bytes = 0;
  for await (const chunk of chunked ? unchunk(message, trailers) : (message as AsyncIterable<Buffer>)) {
    bytes += chunk.length;
    for (const check of checks) check.checksum.update(chunk);
    yield chunk;
  }
  const length = headers[chunked ? 'x-amz-decoded-content-length' : 'content-length'];
  if (length !== undefined && Number(length) !== bytes) {
    throw new ServiceError('IncompleteBody', `The request promised ${length} bytes of body and sent ${bytes}.`);
  }
  for (const check of checks) {
    const expected = check.expected ?? trailers.get(check.header);
    if (expected === undefined)
      throw new ServiceError('MalformedTrailerError', `The trailer ${check.header} is missing.`);
    if (expected !== check.checksum.digest()) throw new ServiceError(check.code, check.message);
  }
}

interface Check {
  readonly header: string;
  /** Undefined: it comes in the trailer. */
  readonly expected: string | undefined;
  readonly checksum: Checksum;
  readonly code: string;
  readonly message: string;
}

function expectedChecks(headers: Headers): Check[] {
  const announced = (headers['x-amz-trailer'] ?? '').toLowerCase().split(/\s*,\s*/);
  const checks: Check[] = CHECKSUMS.flatMap((name) => {
    const header = `x-amz-checksum-${name}`;
    if (headers[header] === undefined && !announced.includes(header)) return [];
    const message = `The ${name.toUpperCase()} you specified did not match the calculated checksum.`;
    return [{ header, expected: headers[header], checksum: createChecksum(name), code: 'BadDigest', message }];
  });
  const md5 = headers['content-md5'];
  if (md5 !== undefined) {
    const message = 'The Content-MD5 you specified did not match what we received.';
    checks.push({ header: 'content-md5', expected: md5, checksum: createChecksum('md5'), code: 'BadDigest', message });
  }
  const sha256 = headers['x-amz-content-sha256'] ?? '';
  if (/^[0-9a-f]{64}$/.test(sha256)) {
    const hash = createHash('sha256');
    const checksum = { update: (chunk: Uint8Array) => void hash.update(chunk), digest: () => hash.digest('hex') };
    const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
    checks.push({
      header: 'x-amz-content-sha256',
      expected: sha256,
      checksum,
      code: 'XAmzContentSHA256Mismatch',
      message,
    });
  }
  return checks;
}
