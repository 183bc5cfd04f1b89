import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { ConnectionVersions, Log } from '@gitsource/runtime';

/** Everything outside this program that its verbs touch. */
export interface Ports {
  readonly eventBridge: Pick<EventBridgeClient, 'send'>;
  readonly connections: Connections;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** From 0 to 1, to spread retries. */
  readonly random: () => number;
}

/** The connection secrets, cached. */
export interface Connections {
  /** `undefined` where there is none of that name. Throws `runtime/secret-*`. */
  find(name: string): Promise<ConnectionVersions | undefined>;
  /** Reads again what may have changed since; `undefined` where it was read only just now. */
  refresh(name: string): Promise<ConnectionVersions | undefined>;
}
