import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplayRecord, ReplayState } from './archive-record.ts';
import type { ArchiveStore } from './archive-store.ts';
import type { EventEnvelope } from './rule-record.ts';

/** Pause between two minutes of events; AWS works minute by minute as well, and takes longer. */
const PAUSE_MS = 5;
const MINUTE_MS = 60_000;

/** Sends one archived event to the rules of its bus, or to those with these ARNs. */
export type Redeliver = (busName: string, event: EventEnvelope, ruleArns: readonly string[]) => void;

/** Replays under way: archived events once more, with their ID, time and `replay-name`, oldest first. */
export class Replays {
  readonly #archives: ArchiveStore;
  readonly #redeliver: Redeliver;
  readonly #stopped = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(archives: ArchiveStore, redeliver: Redeliver) {
    this.#archives = archives;
    this.#redeliver = redeliver;
  }

  start(replay: ReplayRecord): void {
    const running: Promise<void> = this.#run(replay)
      .catch((error: unknown) => {
        if (!this.#stopped.signal.aborted) this.#end(replay, 'FAILED', String(error));
      })
      .finally(() => this.#underWay.delete(running));
    this.#underWay.add(running);
  }

  /** Goes on with what an earlier run left, from the minute it was at. */
  resume(): void {
    for (const replay of this.#archives.replays.values()) {
      if (['STARTING', 'RUNNING', 'CANCELLING'].includes(replay.state)) this.start(replay);
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#underWay);
  }

  async #run(replay: ReplayRecord): Promise<void> {
    const { signal } = this.#stopped;
    await sleep(PAUSE_MS, undefined, { signal });
    const { archiveName, fromMs, toMs } = replay;
    if (replay.state === 'STARTING') this.#become(replay, 'RUNNING');
    const events = this.#archives.events(archiveName, replay.lastReplayedMs ?? fromMs, toMs);
    let minute: number | undefined;
    for (const event of events) {
      const time = Date.parse(event.time);
      const isNewMinute = minute !== undefined && Math.floor(time / MINUTE_MS) !== minute;
      if (isNewMinute) await sleep(PAUSE_MS, undefined, { signal });
      if (replay.state === 'CANCELLING') break;
      minute = Math.floor(time / MINUTE_MS);
      this.#redeliver(replay.busName, { ...event, 'replay-name': replay.name }, replay.filterArns);
      replay.lastReplayedMs = time;
      this.#archives.replays.set(replay.name, replay);
    }
    if (replay.state === 'CANCELLING') this.#end(replay, 'CANCELLED', 'Cancelled by the user');
    else this.#end(replay, 'COMPLETED');
  }

  #become(replay: ReplayRecord, state: ReplayState): void {
    replay.state = state;
    this.#archives.replays.set(replay.name, replay);
  }

  #end(replay: ReplayRecord, state: ReplayState, reason?: string): void {
    replay.endedAt = this.#archives.cloud.now();
    if (reason !== undefined) replay.stateReason = reason;
    this.#become(replay, state);
  }
}
