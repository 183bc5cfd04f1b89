import { isUtf8 } from 'node:buffer';
import type * as z from 'zod/mini';
import type { Delivery } from './delivery.ts';
import { ProvidersError } from './errors.ts';

/** Reads JSON from the bytes of a verified body. Throws `providers/payload-not-json`. */
export function readJson(body: Uint8Array): unknown {
  if (!isUtf8(body)) throw notJson('not UTF-8');
  // A view, not a copy.
  return readJsonText(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
}

/**
 * The JSON of a body: all of it, or the one field `payload` that a form has. Both are choices in the settings of a webhook.
 * No signature covers the content type: were the field looked for among others, a signed body sent again as a form would
 * mean what a commit message in it says, and a body that nobody signed would take minutes to split.
 */
export function jsonBytes({ headers, body }: Delivery): Uint8Array {
  if (!/^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')) return body;
  const form = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const isOneField = form.subarray(0, FIELD.length).equals(FIELD) && !form.includes('&');
  return isOneField ? Buffer.from(new URLSearchParams(form.toString('utf8')).get('payload') ?? '') : Buffer.alloc(0);
}

const FIELD = Buffer.from('payload=');

/** A byte order mark before the text is allowed. */
function readJsonText(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    // The parser's own message quotes the body.
    throw notJson('not JSON, or cut off');
  }
}

/** Checks a payload by its shape, all problems in one `providers/payload-malformed`; values stay out of the message. */
export function parsePayload<Shape extends z.ZodMiniType>(
  shape: Shape,
  eventName: string,
  payload: unknown,
  advice = "Check that the connection names the right provider; if it does, report the server's version.",
): z.output<Shape> {
  const result = shape.safeParse(payload);
  if (result.success) return result.data;
  const problems = result.error.issues
    .slice(0, MAX_PROBLEMS)
    .map(({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`);
  throw new ProvidersError(
    'providers/payload-malformed',
    `The ${eventName} delivery is not of the documented shape: ${problems.join('; ')}. ${advice}`,
  );
}

/** A wrong list repeats the same problem for each of its thousands of elements. */
const MAX_PROBLEMS = 5;

function notJson(reason: string): ProvidersError {
  return new ProvidersError(
    'providers/payload-not-json',
    `The body of the delivery is ${reason}. Set the webhook's content type to JSON; behind a proxy, let it pass bodies on unchanged.`,
  );
}
