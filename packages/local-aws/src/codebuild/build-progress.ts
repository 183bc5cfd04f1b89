import type { BuildPhaseType } from '@aws-sdk/client-codebuild';
import { emitBuildState, emitPhase } from './build-events.ts';
import type { BuildRecord, PhaseContext, TerminalStatus } from './records.ts';
import type { BuildStore } from './store.ts';

/** Moves a build from phase to phase, keeps it and tells EventBridge. */
export class BuildProgress {
  readonly #store: BuildStore;
  readonly build: BuildRecord;
  #isFrozen = false;

  constructor(store: BuildStore, build: BuildRecord) {
    this.#store = store;
    this.build = build;
  }

  /** Leaves the build as it is, for the next process to end. */
  freeze(): void {
    this.#isFrozen = true;
  }

  enter(phaseType: BuildPhaseType): void {
    if (this.#isFrozen) return;
    this.build.phases.push({ phaseType, startTime: this.#store.cloud.now(), contexts: [] });
    this.#store.save(this.build);
  }

  /** Ends the current phase. */
  leave(phaseStatus: TerminalStatus, contexts: readonly PhaseContext[] = []): void {
    const phase = this.build.phases.at(-1);
    if (this.#isFrozen || phase === undefined || phase.phaseStatus !== undefined) return;
    phase.phaseStatus = phaseStatus;
    phase.contexts = contexts;
    phase.endTime = this.#store.cloud.now();
    this.#store.save(this.build);
    emitPhase(this.#store.cloud, this.build, phase);
  }

  tellState(): void {
    emitBuildState(this.#store.cloud, this.build);
  }

  /** The build ends; nothing may change it afterwards. */
  complete(status: TerminalStatus): void {
    if (this.#isFrozen || this.build.status !== 'IN_PROGRESS') return;
    this.enter('COMPLETED');
    this.build.status = status;
    this.build.endTime = this.#store.cloud.now();
    this.#store.save(this.build);
    this.tellState();
  }
}
