import { randomBytes } from 'node:crypto';
import type { PolicyDocument } from './cloud.ts';
import type { Collection } from './collection.ts';
import type { AwsCredentials, Principal } from './principal.ts';

/** A stored access key; root's never expires and has no token. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  readonly principal: Principal;
  /** Limits a role's permissions, or is all the permission there is (`issued`). */
  readonly policy?: PolicyDocument;
}

/** Access keys in force, kept across a restart so that a running build's credentials stay valid. */
export class Sessions {
  readonly #sessions: Collection<Session>;
  readonly #now: () => number;

  constructor(sessions: Collection<Session>, now: () => number) {
    this.#sessions = sessions;
    this.#now = now;
    this.#dropExpired();
  }

  find(accessKeyId: string): Session | undefined {
    return this.#sessions.get(accessKeyId);
  }

  isExpired(session: Session): boolean {
    return session.expiresAt !== undefined && session.expiresAt <= this.#now();
  }

  /** The account's own key, made at the first start. */
  root(accountId: string): Session {
    for (const session of this.#sessions.values()) {
      if (session.principal.kind === 'root') return session;
    }
    const accessKeyId = `AKIA${keyId()}`;
    const session: Session = {
      accessKeyId,
      secretAccessKey: randomBytes(30).toString('base64'),
      principal: { kind: 'root', arn: `arn:aws:iam::${accountId}:root`, accountId, accessKeyId },
    };
    this.#sessions.set(accessKeyId, session);
    return session;
  }

  open(
    principal: Principal,
    lifetimeMs: number,
    policy?: PolicyDocument,
  ): { principal: Principal; credentials: AwsCredentials } {
    if (this.#sessions.size % 256 === 255) this.#dropExpired();
    const accessKeyId = `ASIA${keyId()}`;
    const secretAccessKey = randomBytes(30).toString('base64');
    const sessionToken = randomBytes(96).toString('base64');
    const expiresAt = this.#now() + lifetimeMs;
    const named = { ...principal, accessKeyId };
    this.#sessions.set(accessKeyId, {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      expiresAt,
      principal: named,
      ...(policy !== undefined && { policy }),
    });
    const credentials = { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(expiresAt) };
    return { principal: named, credentials };
  }

  #dropExpired(): void {
    // A day is left, so that late use is told "expired" and not "unknown".
    const limit = this.#now() - 24 * 60 * 60 * 1000;
    for (const [key, session] of this.#sessions.entries()) {
      if (session.expiresAt !== undefined && session.expiresAt < limit) this.#sessions.delete(key);
    }
  }
}

const KEY_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function keyId(): string {
  return Array.from(randomBytes(16), (byte) => KEY_ALPHABET[byte % 32]).join('');
}
