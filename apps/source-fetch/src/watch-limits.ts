import { HandOver } from '@gitsource/lanes';

/** What one invocation may use up, asked again and again. */
export interface FunctionLimits {
  /** Until Lambda ends the invocation, milliseconds. */
  readonly remainingMs: () => number;
  /** What the function was given. */
  readonly memoryBytes: number;
  /** What the process holds now, resident. */
  readonly usedMemoryBytes: () => number;
  /** Of the folder that large packs go to. */
  readonly freeStorageBytes: () => Promise<number>;
}

export interface WatchedLimits {
  /** Aborted with a `HandOver` while there is still time for it. */
  readonly signal: AbortSignal;
  readonly stop: () => void;
}

const WATCH_EVERY_MS = 200;
/** Enough to end an upload, to write a note and to start a build. */
const MAX_RESERVED_MS = 45_000;
/** Of the time that the invocation has in the beginning, where that is short. */
const RESERVED_TIME = 0.25;
/** Beyond, one more chunk may be one too many; Lambda then ends the process without a word. */
const USABLE_MEMORY = 0.92;
/** A pack goes to the storage in pieces of megabytes. */
const RESERVED_STORAGE_BYTES = 32 * 1024 * 1024;

/** Watches what Lambda would end the function for. */
export function watchLimits(limits: FunctionLimits): WatchedLimits {
  const controller = new AbortController();
  const reservedMs = Math.min(MAX_RESERVED_MS, limits.remainingMs() * RESERVED_TIME);
  const check = async () => {
    const why = await nearLimit(limits, reservedMs);
    if (why !== undefined) controller.abort(new HandOver(why));
  };
  // What cannot be asked is no reason to hand over.
  const timer = setInterval(() => void check().catch(() => undefined), WATCH_EVERY_MS);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}

async function nearLimit(limits: FunctionLimits, reservedMs: number): Promise<string | undefined> {
  if (limits.remainingMs() < reservedMs) return "the function's time is nearly over";
  if (limits.usedMemoryBytes() > limits.memoryBytes * USABLE_MEMORY) return "the function's memory is nearly used up";
  if ((await limits.freeStorageBytes()) < RESERVED_STORAGE_BYTES) return "the function's storage is nearly full";
  return undefined;
}
