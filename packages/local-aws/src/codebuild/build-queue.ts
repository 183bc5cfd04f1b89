import { rm } from 'node:fs/promises';
import { BuildEnded } from './build-ended.ts';
import { BuildProgress } from './build-progress.ts';
import type { BuildRecord } from './records.ts';
import { BuildRun } from './run-build.ts';
import type { BuildStore } from './store.ts';

interface ActiveBuild {
  readonly progress: BuildProgress;
  readonly control: AbortController;
  timer?: NodeJS.Timeout;
  /** Set while it runs. */
  ended?: Promise<void>;
}

/** Builds that wait for their project's limit and builds that run. */
export class BuildQueue {
  readonly #store: BuildStore;
  readonly #minuteMs: number;
  readonly #active = new Map<string, ActiveBuild>();
  #isStopped = false;

  constructor(store: BuildStore, minuteMs: number) {
    this.#store = store;
    this.#minuteMs = minuteMs;
  }

  add(build: BuildRecord): void {
    const progress = new BuildProgress(this.#store, build);
    const active: ActiveBuild = { progress, control: new AbortController() };
    this.#active.set(build.id, active);
    progress.enter('SUBMITTED');
    progress.tellState();
    progress.leave('SUCCEEDED');
    progress.enter('QUEUED');
    const { queuedTimeoutInMinutes: minutes } = build.settings;
    if (minutes !== undefined) {
      const ended = new BuildEnded('TIMED_OUT', `Build has timed out in the queue after ${minutes} minutes.`);
      active.timer = setTimeout(() => this.#leaveQueue(build.id, active, ended), minutes * this.#minuteMs).unref();
    }
    this.#next(build.projectName);
  }

  /** Does nothing to a build that has ended. */
  stopBuild(id: string): void {
    const active = this.#active.get(id);
    if (active === undefined) return;
    const ended = new BuildEnded('STOPPED', 'Build was stopped.');
    if (active.ended === undefined) this.#leaveQueue(id, active, ended);
    else active.control.abort(ended);
  }

  /** Ends what an earlier process left. */
  async start(): Promise<void> {
    for (const build of this.#store.builds.values()) {
      if (build.status !== 'IN_PROGRESS' || this.#active.has(build.id)) continue;
      const message = 'The embedded AWS was stopped while this build was in progress: start it again.';
      const progress = new BuildProgress(this.#store, build);
      progress.leave('FAULT', [{ statusCode: 'INTERNAL_SERVICE_ERROR', message }]);
      if (build.scratch !== undefined) await rm(build.scratch, { recursive: true, force: true });
      delete build.scratch;
      progress.complete('FAULT');
    }
  }

  /** Kills what runs; the builds stay IN_PROGRESS for the next start to end them. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const active = [...this.#active.values()];
    for (const { control, timer, progress } of active) {
      clearTimeout(timer);
      progress.freeze();
      control.abort(new BuildEnded('FAULT', 'The embedded AWS was stopped while this build was in progress.'));
    }
    await Promise.all(active.map(async ({ ended }) => ended));
  }

  #leaveQueue(id: string, { progress, timer }: ActiveBuild, ended: BuildEnded): void {
    clearTimeout(timer);
    this.#active.delete(id);
    progress.leave(ended.status, [ended.context]);
    progress.complete(ended.status);
  }

  #next(projectName: string): void {
    if (this.#isStopped) return;
    const ofProject = [...this.#active.values()].filter(({ progress }) => progress.build.projectName === projectName);
    let running = ofProject.filter(({ ended }) => ended !== undefined).length;
    for (const active of ofProject) {
      if (active.ended !== undefined) continue;
      const limit = this.#store.projects.get(projectName)?.settings.concurrentBuildLimit ?? Number.POSITIVE_INFINITY;
      if (running >= limit) return;
      running += 1;
      this.#run(active);
    }
  }

  #run(active: ActiveBuild): void {
    const { progress, control } = active;
    const { id, projectName, settings } = progress.build;
    clearTimeout(active.timer);
    progress.leave('SUCCEEDED');
    const { timeoutInMinutes: minutes } = settings;
    const timedOut = new BuildEnded('TIMED_OUT', `Build has timed out after ${minutes} minutes.`);
    active.timer = setTimeout(() => control.abort(timedOut), minutes * this.#minuteMs).unref();
    active.ended = new BuildRun(this.#store, progress, control.signal).run().finally(() => {
      clearTimeout(active.timer);
      this.#active.delete(id);
      this.#next(projectName);
    });
  }
}
