import { Worker } from 'node:worker_threads';
import * as zlib from 'node:zlib';
import { ArtifactError } from './errors.ts';

/**
 * What a thread does with a batch. It travels as text, so that a bundle needs no second file: it may use nothing but
 * its arguments, and nothing that a compiler would put a helper function outside of it for.
 */
export type Work<Batch, Answer> = (batch: Batch, node: typeof zlib) => Worked<Answer>;

export interface Worked<Answer> {
  readonly answer: Answer;
  /** Buffers of the answer that are handed over and not copied. */
  readonly transfer: ArrayBuffer[];
}

interface Asked<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread<Answer> {
  readonly worker: Worker;
  /** In the order of its answers. */
  readonly asked: Asked<Answer>[];
}

/** So many batches keep a thread busy while an answer is on its way. */
const BATCHES_AHEAD = 2;

/** Threads that all do one kind of work, each started by the first batch that no other is free for. To be closed. */
export class WorkThreads<Batch, Answer> {
  readonly #work: Work<Batch, Answer>;
  readonly #maxThreads: number;
  readonly #threads: Thread<Answer>[] = [];
  #failure: ArtifactError | undefined;

  constructor(work: Work<Batch, Answer>, maxThreads: number) {
    this.#work = work;
    this.#maxThreads = maxThreads;
  }

  /** Whether another batch would only lie there. */
  get areBusy(): boolean {
    return (
      this.#threads.length >= this.#maxThreads && this.#threads.every(({ asked }) => asked.length >= BATCHES_AHEAD)
    );
  }

  /** Rejects with `artifact/thread-failed`. */
  ask(batch: Batch, transfer: readonly ArrayBuffer[]): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const { worker, asked } = this.#leastBusy();
    return new Promise((resolve, reject) => {
      asked.push({ resolve, reject });
      worker.postMessage(batch, transfer);
    });
  }

  /** The same work in the caller's thread. */
  workHere(batch: Batch): Answer {
    return this.#work(batch, zlib).answer;
  }

  /** What was asked and not answered is rejected. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #leastBusy(): Thread<Answer> {
    const [least] = this.#threads.toSorted((a, b) => a.asked.length - b.asked.length);
    const isFree = least?.asked.length === 0;
    return least !== undefined && (isFree || this.#threads.length >= this.#maxThreads) ? least : this.#start();
  }

  #start(): Thread<Answer> {
    // No flags and no environment: a loader of the main thread is of no use to a text.
    const worker = new Worker(threadText(this.#work), { eval: true, execArgv: [], env: {} });
    const thread: Thread<Answer> = { worker, asked: [] };
    worker.on('message', (answer: Answer) => thread.asked.shift()?.resolve(answer));
    worker.on('error', (error) => this.#fail(thread, error));
    worker.on('exit', () => this.#fail(thread, undefined));
    this.#threads.push(thread);
    return thread;
  }

  #fail({ asked }: Thread<Answer>, cause: Error | undefined): void {
    this.#failure ??= new ArtifactError(
      'artifact/thread-failed',
      `A thread that packs or checks contents ended before its work (${cause?.message ?? 'without a reason'}). Run the action again; if it stays so, give the program more memory.`,
      { fault: 'unavailable', cause },
    );
    for (const { reject } of asked.splice(0)) reject(this.#failure);
  }
}

function threadText(work: Work<never, unknown>): string {
  return `
    const { parentPort } = require('node:worker_threads');
    const zlib = require('node:zlib');
    const work = ${work.toString()};
    parentPort.on('message', (batch) => {
      const { answer, transfer } = work(batch, zlib);
      parentPort.postMessage(answer, transfer);
    });`;
}
