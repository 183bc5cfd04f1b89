import { createHash, createHmac } from 'node:crypto';
import type { WireRequest } from '../cloud/protocol.ts';
import type { CredentialScope } from './credential-scope.ts';

/** What a signature covers, read from the request. */
export interface SignedParts {
  /** `20260131T091500Z` */
  readonly date: string;
  readonly signedHeaders: readonly string[];
  /** Hex SHA-256 of the body, or one of S3's words for an unsigned or streamed one. */
  readonly payloadHash: string;
  /** True for everything but S3: the already encoded path is encoded once more. */
  readonly doubleEncode: boolean;
}

/** Signature Version 4 over a request as it arrived: the hex digest its sender must have computed. */
export function signatureOf(
  request: WireRequest,
  scope: CredentialScope,
  parts: SignedParts,
  secretAccessKey: string,
): string {
  const canonical = [
    request.method,
    canonicalPath(request.rawPath, parts.doubleEncode),
    canonicalQuery(request.message.url ?? ''),
    ...parts.signedHeaders.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    parts.signedHeaders.join(';'),
    parts.payloadHash,
  ].join('\n');
  const scopeText = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', parts.date, scopeText, sha256(canonical)].join('\n');
  const keyParts = [scope.date, scope.region, scope.service, 'aws4_request'];
  const key = keyParts.reduce<Buffer>((secret, part) => hmac(secret, part), Buffer.from(`AWS4${secretAccessKey}`));
  return hmac(key, toSign).toString('hex');
}

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function canonicalPath(rawPath: string, doubleEncode: boolean): string {
  if (!doubleEncode)
    return rawPath
      .split('/')
      .map((segment) => encode(decode(segment)))
      .join('/');
  const segments: string[] = [];
  for (const segment of rawPath.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const trailing = rawPath.endsWith('/') && segments.length > 0 ? '/' : '';
  return `/${segments.map(encode).join('/')}${trailing}`;
}

function canonicalQuery(url: string): string {
  const at = url.indexOf('?');
  if (at === -1 || at === url.length - 1) return '';
  return url
    .slice(at + 1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const split = pair.indexOf('=');
      const name = split === -1 ? pair : pair.slice(0, split);
      return [encode(decode(name)), encode(decode(split === -1 ? '' : pair.slice(split + 1)))] as const;
    })
    .filter(([name]) => name !== 'X-Amz-Signature')
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** RFC 3986: encodeURIComponent and the four characters it leaves. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
