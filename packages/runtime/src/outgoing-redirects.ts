import type { IncomingMessage } from 'node:http';
import { isInstanceAddress } from '@gitsource/events';
import type { RuntimeError } from './errors.ts';
import { type Call, type Deadline, failure, isBelow, send } from './outgoing-request.ts';

/** From a renamed repository to its new name, and from there to where archives are kept. */
const MAX_REDIRECTS = 3;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** After the others, the next request may be a GET. RFC 9110, 15.4. */
const METHOD_KEPT = new Set([307, 308]);

/** What goes along to another place. Everything else may be a credential: `authorization`, `private-token`, `cookie`. */
const HARMLESS_HEADERS = new Set(['accept', 'accept-encoding', 'user-agent']);

/** The last answer, and where it came from. */
export interface FollowedAnswer {
  readonly answer: IncomingMessage;
  readonly url: URL;
}

/**
 * Sends and follows up to three redirects: a GET to HTTPS only, never to a link-local address, and with credentials only
 * where the target is below the base again; anything else below the base only, unchanged. Rejects as `send` does, and with
 * `runtime/api-redirected`.
 */
export async function sendFollowing(call: Call, base: URL, deadline: Deadline): Promise<FollowedAnswer> {
  let current = call;
  for (let followed = 0; ; followed++) {
    const answer = await send(current, deadline);
    const status = answer.statusCode ?? 0;
    if (!REDIRECTS.has(status)) return { answer, url: current.url };
    answer.destroy();
    if (followed === MAX_REDIRECTS) throw refused(call, status, `more than ${MAX_REDIRECTS} times`);
    const url = targetOf(call, status, answer.headers.location, current.url);
    if (call.method !== 'GET' && !(METHOD_KEPT.has(status) && isBelow(url, base))) throw redirected(call, status);
    current = { ...current, url, headers: isBelow(url, base) ? call.headers : harmless(call.headers) };
  }
}

/** For those who follow none. */
export function redirected(call: Call, status: number): RuntimeError {
  const advice = 'Give the connection\'s "host" or "apiUrl" as the server itself names it';
  return failure(
    call,
    'runtime/api-redirected',
    `was redirected (${status}), and credentials are not sent along. ${advice}`,
  );
}

function targetOf(call: Call, status: number, location: string | undefined, from: URL): URL {
  if (location === undefined || !URL.canParse(location, from.href)) throw refused(call, status, 'to no URL');
  const url = new URL(location, from);
  if (url.protocol !== 'https:') throw refused(call, status, `to ${url.protocol}//${url.host}, which is not HTTPS`);
  if (url.username !== '' || url.password !== '') throw refused(call, status, `to ${url.host}, as a user`);
  if (isInstanceAddress(url.hostname)) {
    throw refused(call, status, `to ${url.host}, where no Git server is but credentials are`);
  }
  return url;
}

function harmless(headers: Call['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS_HEADERS.has(name.toLowerCase())));
}

function refused(call: Call, status: number, where: string): RuntimeError {
  return failure(
    call,
    'runtime/api-redirected',
    `was redirected (${status}) ${where}. That is not followed; check the connection's "host" and "apiUrl", and the server`,
  );
}
