import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod';

/** What a front door sends back. */
export interface Reply {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const replyV2 = z.object({
  statusCode: z.union([z.int(), z.string().regex(/^\d{3}$/)]).transform(Number),
  headers: z.record(z.string(), scalar).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/**
 * Reads what a function returned for payload 2.0: a reply with `statusCode`, or any other JSON, which is a 200.
 * Undefined for what is neither, which the caller answers as a server error.
 */
export function readReplyV2(payload: Buffer, defaultContentType: string): Reply | undefined {
  const value = parseJson(payload);
  if (value === undefined) return undefined;
  if (!hasStatusCode(value)) {
    const body = typeof value === 'string' ? Buffer.from(value) : payload;
    return { status: 200, headers: [['content-type', 'application/json']], body };
  }
  const parsed = replyV2.safeParse(value);
  if (!parsed.success || !isStatus(parsed.data.statusCode)) return undefined;
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  const own = Object.entries(headers ?? {}).map(([name, text]): [string, string] => [name.toLowerCase(), text]);
  return checkedReply({
    status: statusCode,
    headers: [
      ...withContentType(own, defaultContentType),
      ...(cookies ?? []).map((cookie): [string, string] => ['set-cookie', cookie]),
    ],
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  });
}

/** The reply, or undefined where a header could not be sent: a line break in a value, a space in a name. */
export function checkedReply(reply: Reply): Reply | undefined {
  try {
    for (const [name, value] of reply.headers) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
    return reply;
  } catch {
    return undefined;
  }
}

/** A front door's own answer: `{"message":"Not Found"}`. */
export function messageReply(status: number, message: string, key = 'message'): Reply {
  return {
    status,
    headers: [['content-type', 'application/json']],
    body: Buffer.from(JSON.stringify({ [key]: message })),
  };
}

export function withContentType(
  headers: readonly (readonly [string, string])[],
  contentType: string,
): (readonly [string, string])[] {
  const isGiven = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return isGiven ? [...headers] : [...headers, ['content-type', contentType]];
}

/** Codes that end an exchange; a function cannot send 1xx. */
export function isStatus(code: number): boolean {
  return code >= 200 && code <= 599;
}

export function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function hasStatusCode(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'statusCode' in value;
}
