import type { Cloud } from '../cloud/cloud.ts';
import { ServiceError } from '../cloud/service.ts';
import { ExecutionEnvironment } from './execution-environment.ts';
import type { FunctionRecord } from './function-record.ts';

/** Processes of one function at once, where no reserved concurrency says less; one machine is not a Region. */
const MOST_ENVIRONMENTS = 10;
/** An idle process is ended after this. */
const IDLE_MS = 120_000;

interface Slot {
  readonly environment: ExecutionEnvironment;
  idleTimer?: NodeJS.Timeout;
}

/** The warm processes of every function, one invocation at a time in each. */
export class EnvironmentPool {
  readonly #cloud: Cloud;
  readonly #idle = new Map<string, Slot[]>();
  readonly #busy = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #all = new Set<ExecutionEnvironment>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  /** Runs `use` in an environment; `mayWait` queues at the limit, else TooManyRequestsException. */
  async with<T>(
    record: FunctionRecord,
    mayWait: boolean,
    use: (environment: ExecutionEnvironment) => Promise<T>,
  ): Promise<T> {
    await this.#enter(record, mayWait);
    // A changed revision gets fresh processes.
    const key = `${record.name}@${record.revisionId}`;
    try {
      const environment = this.#takeIdle(key) ?? (await this.#start(record));
      try {
        return await use(environment);
      } finally {
        this.#putIdle(key, environment);
      }
    } finally {
      this.#leave(record.name);
    }
  }

  /** Ends the idle processes of a function that changed or is gone. */
  retire(name: string): void {
    for (const [key, slots] of this.#idle) {
      if (!key.startsWith(`${name}@`)) continue;
      this.#idle.delete(key);
      for (const slot of slots) this.#end(slot);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#all].map((environment) => environment.stop()));
  }

  async #enter(record: FunctionRecord, mayWait: boolean): Promise<void> {
    const limit = Math.min(record.reservedConcurrency ?? MOST_ENVIRONMENTS, MOST_ENVIRONMENTS);
    while ((this.#busy.get(record.name) ?? 0) >= limit) {
      if (!mayWait || limit === 0) throw new ServiceError('TooManyRequestsException', 'Rate Exceeded.', 429);
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
    const environment = await ExecutionEnvironment.start(this.#cloud, record);
    this.#all.add(environment);
    return environment;
  }

  #takeIdle(key: string): ExecutionEnvironment | undefined {
    const slots = this.#idle.get(key) ?? [];
    for (let slot = slots.pop(); slot !== undefined; slot = slots.pop()) {
      clearTimeout(slot.idleTimer);
      if (!slot.environment.isDead) return slot.environment;
      this.#all.delete(slot.environment);
    }
    return undefined;
  }

  #putIdle(key: string, environment: ExecutionEnvironment): void {
    if (environment.isDead) {
      this.#all.delete(environment);
      return;
    }
    const slot: Slot = { environment };
    slot.idleTimer = setTimeout(() => {
      this.#idle.set(
        key,
        (this.#idle.get(key) ?? []).filter((other) => other !== slot),
      );
      this.#end(slot);
    }, IDLE_MS).unref();
    this.#idle.set(key, [...(this.#idle.get(key) ?? []), slot]);
  }

  #end({ environment, idleTimer }: Slot): void {
    clearTimeout(idleTimer);
    this.#all.delete(environment);
    void environment.stop();
  }
}
