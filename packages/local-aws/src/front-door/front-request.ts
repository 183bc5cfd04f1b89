import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A request as API Gateway and function URLs tell it to a function. */
export interface FrontRequest {
  readonly method: string;
  /** As sent, percent-encoded. */
  readonly rawPath: string;
  /** Without `?`, as sent. */
  readonly rawQueryString: string;
  /** `HTTP/1.1` */
  readonly protocol: string;
  /** In the order and case of the sender, without hop-by-hop headers, with the `X-Forwarded-…` that AWS adds. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly sourceIp: string;
  readonly userAgent: string;
}

/** Of one connection, not of the request. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect']);
/** Set by AWS itself, whatever the sender says. */
const REPLACED = new Set(['x-forwarded-for', 'x-forwarded-port', 'x-forwarded-proto', 'x-amzn-trace-id']);

/** Reads everything but the body. TLS ends before a front door, so the function is told of `https` on port 443. */
export function frontRequest(message: IncomingMessage, now: number): FrontRequest {
  const [rawPath = '/', ...query] = (message.url ?? '/').split('?');
  const sourceIp = (message.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const sent = pairs(message.rawHeaders).filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()));
  const forwarded = sent.filter(([name]) => name.toLowerCase() === 'x-forwarded-for').map(([, value]) => value);
  return {
    method: message.method ?? 'GET',
    rawPath,
    rawQueryString: query.join('?'),
    protocol: `HTTP/${message.httpVersion}`,
    headers: [
      ...sent.filter(([name]) => !REPLACED.has(name.toLowerCase())),
      ['X-Amzn-Trace-Id', `Root=1-${Math.floor(now / 1000).toString(16)}-${randomBytes(12).toString('hex')}`],
      ['X-Forwarded-For', [...forwarded, sourceIp].join(', ')],
      ['X-Forwarded-Port', '443'],
      ['X-Forwarded-Proto', 'https'],
    ],
    sourceIp,
    userAgent: message.headers['user-agent'] ?? '',
  };
}

/** By lower-case name; repeated ones joined with a comma, as payload 2.0 has them. */
export function lowerCaseHeaders({ headers }: FrontRequest): Record<string, string> {
  return joined(headers.map(([name, value]) => [name.toLowerCase(), value]));
}

/** Later values of a name after a comma. */
export function joined(entries: Iterable<readonly [string, string]>): Record<string, string> {
  const values = new Map<string, string[]>();
  for (const [name, value] of entries) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries([...values].map(([name, all]) => [name, all.join(',')]));
}

/** `04/Mar/2020:19:15:17 +0000` */
export function commonLogTime(now: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(now).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}

/** `JKJaXmPLvHcESHA=`, as API Gateway's request IDs look. */
export function gatewayRequestId(): string {
  return `${randomBytes(12).toString('base64url').slice(0, 15)}=`;
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[at * 2] ?? '', raw[at * 2 + 1] ?? '']);
}
