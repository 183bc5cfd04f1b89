import type { RouteLimits } from './http-api-record.ts';

/** An account's own limits: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const ACCOUNT = { burst: 5_000, perSecond: 10_000 };

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Token buckets, one per route of a stage. */
export class Throttle {
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes a token; false where there is none, which is a 429. */
  admit(key: string, limits: RouteLimits): boolean {
    const burst = limits.ThrottlingBurstLimit ?? ACCOUNT.burst;
    const perSecond = limits.ThrottlingRateLimit ?? ACCOUNT.perSecond;
    if (perSecond === 0) return false;
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, filledAt: now };
    const filled = bucket.tokens + (Math.max(0, now - bucket.filledAt) / 1000) * perSecond;
    const tokens = Math.min(burst, filled);
    const isAdmitted = tokens >= 1;
    this.#buckets.set(key, { tokens: isAdmitted ? tokens - 1 : tokens, filledAt: now });
    return isAdmitted;
  }
}
