import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync } from 'node:zlib';
import { type DeflateBatch, type DeflatedBatch, deflateContents } from './deflate-contents.ts';
import { WorkThreads } from './work-threads.ts';

export interface DeflatePoolOptions {
  readonly level: number;
  /** Default: one for each core but the first, three at most. 0 deflates between other work. */
  readonly threads?: number;
}

/** Handing over takes about as long as deflating a few kilobytes, so contents go together. */
const BATCH_BYTES = 256 * 1024;
const BATCH_CONTENTS = 500;
const MAX_THREADS = 3;
/** Before that much has come, a thread would start for longer than it works. */
const START_BYTES = 1024 * 1024;
/** Below this, a turn of Node's own threads takes longer than deflating at once. */
const MAX_SYNC_BYTES = 16 * 1024;

const deflateAlone = promisify<Uint8Array, { level: number }, Buffer>(deflateRaw);

/** What a content became; `undefined` where it did not become smaller. */
export type Deflated = Uint8Array | undefined;

interface Waiting {
  readonly content: Uint8Array;
  readonly resolve: (deflated: Deflated) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Deflates contents in worker threads. The first megabyte goes one by one, without them: for a small tree that is all, and
 * on one core, where a thread would only take time and memory.
 */
export class DeflatePool {
  readonly #level: number;
  readonly #hasThreads: boolean;
  readonly #threads: WorkThreads<DeflateBatch, DeflatedBatch>;
  #batch: Waiting[] = [];
  #batchBytes = 0;
  #takenBytes = 0;

  constructor({ level, threads = Math.min(availableParallelism() - 1, MAX_THREADS) }: DeflatePoolOptions) {
    this.#level = level;
    this.#hasThreads = threads > 0;
    this.#threads = new WorkThreads(deflateContents, threads);
  }

  /** Takes a content, which must not change until its result is there. Rejects with `artifact/thread-failed`. */
  deflate(content: Uint8Array): Promise<Deflated> {
    this.#takenBytes += content.length;
    if (!this.#hasThreads || this.#takenBytes <= START_BYTES) return this.#deflateAlone(content);
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

  close(): Promise<void> {
    return this.#threads.close();
  }

  async #deflateAlone(content: Uint8Array): Promise<Deflated> {
    const options = { level: this.#level };
    const isShort = content.length <= MAX_SYNC_BYTES;
    const result = isShort ? deflateRawSync(content, options) : await deflateAlone(content, options);
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
    const fail = (error: unknown) => {
      for (const { reject } of batch) reject(error);
    };
    this.#threads.ask(message, [bytes.buffer]).then((answer) => this.#settle(batch, answer), fail);
  }

  #settle(batch: readonly Waiting[], { bytes, lengths }: DeflatedBatch): void {
    let at = 0;
    for (const [index, { resolve }] of batch.entries()) {
      const length = lengths[index] ?? 0;
      resolve(length === 0 ? undefined : bytes.subarray(at, at + length));
      at += length;
    }
  }
}
