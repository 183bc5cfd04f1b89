import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { deflateRaw } from 'node:zlib';
import { type DeflateBatch, type DeflatedBatch, runDeflateThread } from './deflate-thread.ts';

export interface DeflatePoolOptions {
  readonly level: number;
  /** Default: as many as the machine has cores, four at most. */
  readonly threads?: number;
}

/** Handing over takes about as long as deflating a few kilobytes, so contents go together. */
const BATCH_BYTES = 256 * 1024;
const BATCH_CONTENTS = 500;
const MAX_THREADS = 4;
/** Before that much has come, a thread would start for longer than it works. */
const START_BYTES = 1024 * 1024;

const deflateAlone = promisify<Uint8Array, { level: number }, Buffer>(deflateRaw);

/** What a content became; `undefined` where it did not become smaller. */
export type Deflated = Uint8Array | undefined;

interface Waiting {
  readonly content: Uint8Array;
  readonly resolve: (deflated: Deflated) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  /** Batches that it has, in the order of its answers. */
  readonly batches: (readonly Waiting[])[];
}

/**
 * Deflates contents in worker threads. The first megabyte goes one by one to Node's own threads, which need no start: for a
 * small tree that is all.
 */
export class DeflatePool {
  readonly #level: number;
  readonly #maxThreads: number;
  readonly #threads: Thread[] = [];
  #batch: Waiting[] = [];
  #batchBytes = 0;
  #takenBytes = 0;
  #pendingBytes = 0;

  constructor({ level, threads = Math.min(availableParallelism(), MAX_THREADS) }: DeflatePoolOptions) {
    this.#level = level;
    this.#maxThreads = threads;
  }

  /** Of contents whose results are not there yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Takes a content, which must not change until its result is there. */
  deflate(content: Uint8Array): Promise<Deflated> {
    this.#takenBytes += content.length;
    this.#pendingBytes += content.length;
    if (this.#takenBytes <= START_BYTES) return this.#deflateAlone(content);
    return new Promise((resolve, reject) => {
      this.#batch.push({ content, resolve, reject });
      this.#batchBytes += content.length;
      if (this.#batchBytes >= BATCH_BYTES || this.#batch.length >= BATCH_CONTENTS) this.flush();
    });
  }

  /** Begins what waits for its batch to become full. */
  flush(): void {
    if (this.#batch.length > 0) this.#dispatch();
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  async #deflateAlone(content: Uint8Array): Promise<Deflated> {
    const result = await deflateAlone(content, { level: this.#level });
    this.#pendingBytes -= content.length;
    return result.length < content.length ? result : undefined;
  }

  #dispatch(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    const lengths = batch.map(({ content }) => content.length);
    const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
    let at = 0;
    for (const { content } of batch) {
      bytes.set(content, at);
      at += content.length;
    }
    const message: DeflateBatch = { bytes, lengths, level: this.#level };
    const { worker, batches } = this.#leastBusy();
    batches.push(batch);
    worker.postMessage(message, [bytes.buffer]);
  }

  #leastBusy(): Thread {
    const [least] = this.#threads.toSorted((a, b) => a.batches.length - b.batches.length);
    const isFree = least?.batches.length === 0;
    return least !== undefined && (isFree || this.#threads.length >= this.#maxThreads) ? least : this.#start();
  }

  #start(): Thread {
    const source = `(${runDeflateThread.toString()})(require('node:worker_threads'), require('node:zlib'))`;
    // No flags and no environment: a loader of the main thread is of no use to a text.
    const worker = new Worker(source, { eval: true, execArgv: [], env: {} });
    const thread: Thread = { worker, batches: [] };
    worker.on('message', (answer: DeflatedBatch) => this.#settle(thread.batches.shift() ?? [], answer));
    worker.on('error', (error) => {
      for (const batch of thread.batches) for (const { reject } of batch) reject(error);
    });
    this.#threads.push(thread);
    return thread;
  }

  #settle(batch: readonly Waiting[], { bytes, lengths }: DeflatedBatch): void {
    let at = 0;
    for (const [index, { content, resolve }] of batch.entries()) {
      const length = lengths[index] ?? 0;
      this.#pendingBytes -= content.length;
      resolve(length === 0 ? undefined : bytes.subarray(at, at + length));
      at += length;
    }
  }
}
