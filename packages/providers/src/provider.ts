import type { GitEvent } from '@gitsource/events';
import type { Delivery, Verdict, WebhookCredentials } from './delivery.ts';

/** What one kind of Git server does in its own way. A capability that it lacks is a missing property. */
export interface Provider {
  /** As `provider` in a connection: `github`. */
  readonly name: string;
  readonly webhook: Webhook;
}

/** How a provider's deliveries are proven and read. Both are pure: the clock is an argument. */
export interface Webhook {
  /** Lower-case header that names the event and that only this provider's family sends: `x-github-event`. Absent: none does. */
  readonly eventHeader?: string;
  /** Proves a delivery by the connection's secrets, before anything of its body is parsed. */
  verify(delivery: Delivery, credentials: WebhookCredentials, nowMs: number): Verdict;
  /**
   * Reads a verified delivery.
   * Throws `providers/payload-not-json`, `providers/payload-malformed`.
   */
  parse(delivery: Delivery, context: ParseContext): ParsedDelivery;
}

export interface ParseContext {
  /** The connection's host, for payloads that do not say where their repository is. */
  readonly host?: string;
}

/** What a delivery says, one change for each ref it names. */
export interface ParsedDelivery {
  /** The provider's own ID, the same for every attempt to deliver it. */
  readonly deliveryId: string;
  /** The provider's name of the event, for the log: `push`. */
  readonly eventName: string;
  /** `ping`: only a test. `unknown`: an event that starts nothing. */
  readonly kind: 'changes' | 'ping' | 'unknown';
  readonly changes: readonly RefChange[];
  /** Refs that were left out, because no pipeline could safely use them. */
  readonly refusedRefs: readonly RefusedRef[];
}

/** A GitEvent without what only the receiver knows. */
export type RefChange = Omit<GitEvent, 'schemaVersion' | 'deliveryId' | 'connection' | 'provider'>;

export interface RefusedRef {
  /** Quoted and cut, for the log. */
  readonly ref: string;
  readonly reason: string;
}
