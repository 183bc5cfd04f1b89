import { createHash } from 'node:crypto';

/** A token that a server gave for other credentials. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

/** A token that expires sooner is no longer used: the request it is for must still reach the server. */
const MARGIN_MS = 120_000;

/* Of this process: a Lambda function asks once for all that it downloads. */
const tokens = new Map<string, IssuedToken>();
const pending = new Map<string, Promise<IssuedToken>>();

/** Names a token by all that it is issued for, so that a changed key gets a new one; shows no secret. */
export function tokenKey(parts: readonly (string | undefined)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The token of a key, asked for once at a time, and again shortly before it expires. */
export async function readToken(key: string, nowMs: number, issue: () => Promise<IssuedToken>): Promise<IssuedToken> {
  const known = tokens.get(key);
  if (known !== undefined && isFresh(known, nowMs)) return known;
  const running = pending.get(key);
  if (running !== undefined) return running;
  const request = issue().finally(() => pending.delete(key));
  pending.set(key, request);
  const token = await request;
  for (const [other, { expiresAtMs }] of tokens) if (expiresAtMs <= nowMs) tokens.delete(other);
  tokens.set(key, token);
  return token;
}

/** Drops a token that was refused, unless another has taken its place. */
export function forgetToken(key: string, token: IssuedToken): void {
  if (tokens.get(key) === token) tokens.delete(key);
}

function isFresh({ expiresAtMs }: IssuedToken, nowMs: number): boolean {
  return expiresAtMs - MARGIN_MS > nowMs;
}
