import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Delivery, refused, VERIFIED, type Verdict, type WebhookCredentials } from './delivery.ts';

/*
 * The one place where signatures and secrets are compared: over raw bytes, in constant time, against every valid secret
 * whichever matches, and closed where there is nothing to compare with.
 */

/** Where and how a provider writes its HMAC. */
export interface HmacHeader {
  /** Lower-case name: `x-hub-signature-256`. */
  readonly header: string;
  readonly algorithm: 'sha256' | 'sha1';
  /** Before the hex digits: `sha256=`, or nothing. */
  readonly prefix: string;
}

const HEX_DIGITS = { sha256: 64, sha1: 40 } as const;

/** Proves the body by an HMAC in hex: `sha256=757107ea…`. */
export function verifyHmacHeader(delivery: Delivery, credentials: WebhookCredentials, form: HmacHeader): Verdict {
  const secrets = validSecrets(credentials);
  if (secrets.length === 0) return refused('nothing-configured');
  const value = headerOf(delivery, form.header);
  if (value === undefined) return refused('signature-missing');
  const hex = value.startsWith(form.prefix) ? value.slice(form.prefix.length) : '';
  if (hex.length !== HEX_DIGITS[form.algorithm] || !/^[0-9a-f]+$/i.test(hex)) return refused('signature-malformed');
  const digests = secrets.map((secret) => createHmac(form.algorithm, secret).update(delivery.body).digest('hex'));
  return isAnyEqual(hex.toLowerCase(), digests) ? VERIFIED : refused('signature-wrong');
}

/** Proves a delivery by a secret it carries in clear, as a token or password. */
export function verifyToken(given: string | undefined, secrets: readonly string[]): Verdict {
  const valid = secrets.filter((secret) => secret !== '');
  if (valid.length === 0) return refused('nothing-configured');
  if (given === undefined || given === '') return refused('signature-missing');
  // Digests have one length, so that the comparison does not tell how long the secret is.
  const digests = valid.map(digestForComparison);
  return isAnyEqual(digestForComparison(given), digests) ? VERIFIED : refused('signature-wrong');
}

/** A signature's age and its clock's error, at most. https://github.com/standard-webhooks/standard-webhooks */
export const TIMESTAMP_WINDOW_MS = 5 * 60 * 1000;

/** The prefix of a Standard Webhooks secret; base64 of the key follows. */
export const SIGNING_SECRET_PREFIX = 'whsec_';

/** A space-separated list has one signature for each key that the sender holds; more would only burn our time. */
const MAX_SIGNATURES = 16;

/**
 * Proves ID, timestamp and body by the Standard Webhooks headers `webhook-id`, `webhook-timestamp` (seconds) and
 * `webhook-signature` (`v1,<base64>`, several separated by blanks).
 */
export function verifyStandardWebhook(delivery: Delivery, secrets: readonly string[], nowMs: number): Verdict {
  const keys = secrets.map(standardWebhookKey).filter((key) => key.length > 0);
  if (keys.length === 0) return refused('nothing-configured');
  const id = headerOf(delivery, 'webhook-id');
  const timestamp = headerOf(delivery, 'webhook-timestamp');
  const signatures = headerOf(delivery, 'webhook-signature');
  if (id === undefined || timestamp === undefined || signatures === undefined) return refused('signature-missing');
  const given = signatures
    .split(' ', MAX_SIGNATURES)
    .flatMap((signature) => (/^v1,[A-Za-z0-9+/]{43}=$/.test(signature) ? [signature.slice(3)] : []));
  if (given.length === 0 || !/^\d{1,12}$/.test(timestamp)) return refused('signature-malformed');
  const digests = keys.map((key) =>
    createHmac('sha256', key).update(`${id}.${timestamp}.`).update(delivery.body).digest('base64'),
  );
  const matches = given.map((signature) => isAnyEqual(signature, digests));
  if (!matches.includes(true)) return refused('signature-wrong');
  // After the signature, so that the reason in the log is about a delivery that somebody with the secret really made.
  return Math.abs(nowMs - Number(timestamp) * 1000) <= TIMESTAMP_WINDOW_MS
    ? VERIFIED
    : refused('timestamp-outside-window');
}

/** `whsec_<base64>` stands for the decoded bytes, any other secret for its own text. */
function standardWebhookKey(secret: string): Buffer {
  return secret.startsWith(SIGNING_SECRET_PREFIX)
    ? Buffer.from(secret.slice(SIGNING_SECRET_PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
}

/** Every secret that proves a delivery now: those of the current version first. Empty ones prove nothing. */
export function validSecrets({ secrets, previousSecrets }: WebhookCredentials): string[] {
  return [...secrets, ...previousSecrets].filter((secret) => secret !== '');
}

function headerOf({ headers }: Delivery, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return value === '' ? undefined : value;
}

function isAnyEqual(given: string, candidates: readonly string[]): boolean {
  const bytes = Buffer.from(given, 'latin1');
  let found = false;
  for (const candidate of candidates) {
    const expected = Buffer.from(candidate, 'latin1');
    // No early end: which of the secrets matched must not show in the time it takes.
    if (expected.length === bytes.length && timingSafeEqual(expected, bytes)) found = true;
  }
  return found;
}

function digestForComparison(text: string): string {
  return createHmac('sha256', 'comparison').update(text, 'utf8').digest('hex');
}
