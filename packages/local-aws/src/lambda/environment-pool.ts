import type { Cloud } from '../cloud/cloud.ts';
import { ServiceError } from '../cloud/service.ts';
import { ExecutionEnvironment } from './execution-environment.ts';
import type { FunctionRecord } from './function-record.ts';

/**
 * Processes of one function at once, where no reserved concurrency says otherwise: one machine is not a Region. What is above
 * waits, because a Region would run it.
 */
const MOST_ENVIRONMENTS = 10;
/** An idle process is ended after this. */
const IDLE_MS = 120_000;

interface Slot {
  readonly environment: ExecutionEnvironment;
  readonly idleTimer: NodeJS.Timeout;
}

/** The warm processes of every function, one invocation at a time in each. */
export class EnvironmentPool {
  readonly #cloud: Cloud;
  readonly #idle = new Map<string, Slot[]>();
  readonly #busy = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #all = new Set<ExecutionEnvironment>();
  /** Counts the changes of a function: a process started before the newest is not used again. */
  readonly #generations = new Map<string, number>();
  #isStopped = false;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  /** Runs `use` in an environment; `mayWait` queues at a reserved limit, else TooManyRequestsException. */
  async with<T>(
    record: FunctionRecord,
    mayWait: boolean,
    use: (environment: ExecutionEnvironment) => Promise<T>,
  ): Promise<T> {
    const { name } = record;
    await this.#enter(record, mayWait);
    const generation = this.#generations.get(name);
    try {
      const environment = this.#takeIdle(name) ?? (await this.#start(record));
      try {
        return await use(environment);
      } finally {
        if (environment.isSpent || this.#generations.get(name) !== generation) this.#end(environment);
        else this.#putIdle(name, environment);
      }
    } finally {
      this.#leave(name);
    }
  }

  /** Ends the processes of a function that changed or is gone; one at work ends when it is done. */
  retire(name: string): void {
    this.#generations.set(name, (this.#generations.get(name) ?? 0) + 1);
    for (const slot of this.#idle.get(name) ?? []) {
      clearTimeout(slot.idleTimer);
      this.#end(slot.environment);
    }
    this.#idle.delete(name);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#all].map((environment) => environment.stop()));
  }

  async #enter(record: FunctionRecord, mayWait: boolean): Promise<void> {
    // Read anew each time: it may be set while somebody waits.
    while ((this.#busy.get(record.name) ?? 0) >= (record.reservedConcurrency ?? MOST_ENVIRONMENTS)) {
      const { reservedConcurrency } = record;
      if (reservedConcurrency === 0 || (reservedConcurrency !== undefined && !mayWait))
        throw new ServiceError('TooManyRequestsException', 'Rate Exceeded.', 429);
      await new Promise<void>((resolve) => {
        this.#waiting.set(record.name, [...(this.#waiting.get(record.name) ?? []), resolve]);
      });
    }
    this.#busy.set(record.name, (this.#busy.get(record.name) ?? 0) + 1);
  }

  #leave(name: string): void {
    this.#busy.set(name, (this.#busy.get(name) ?? 1) - 1);
    const [next, ...rest] = this.#waiting.get(name) ?? [];
    this.#waiting.set(name, rest);
    next?.();
  }

  async #start(record: FunctionRecord): Promise<ExecutionEnvironment> {
    if (this.#isStopped) throw new ServiceError('ServiceException', 'local-aws is stopping.', 500);
    const environment = await ExecutionEnvironment.start(this.#cloud, record);
    this.#all.add(environment);
    // It may have been on its way when everything else was stopped.
    if (this.#isStopped) await environment.stop();
    return environment;
  }

  #takeIdle(name: string): ExecutionEnvironment | undefined {
    const slots = this.#idle.get(name) ?? [];
    for (let slot = slots.pop(); slot !== undefined; slot = slots.pop()) {
      clearTimeout(slot.idleTimer);
      if (!slot.environment.isSpent) return slot.environment;
      this.#end(slot.environment);
    }
    return undefined;
  }

  #putIdle(name: string, environment: ExecutionEnvironment): void {
    const idleTimer = setTimeout(() => {
      const others = (this.#idle.get(name) ?? []).filter((slot) => slot.environment !== environment);
      this.#idle.set(name, others);
      this.#end(environment);
    }, IDLE_MS).unref();
    this.#idle.set(name, [...(this.#idle.get(name) ?? []), { environment, idleTimer }]);
  }

  #end(environment: ExecutionEnvironment): void {
    // Listed until its last log lines are written, which stop() must wait for.
    void environment.stop().then(() => this.#all.delete(environment));
  }
}
