import { availableParallelism } from 'node:os';
import { WorkThreads } from '../work-threads.ts';
import { corrupt, shownName } from './archive-errors.ts';
import { type CheckBatch, type CheckedBatch, checkContents, type PromisedContent } from './check-contents.ts';
import { MAX_TARGET_BYTES } from './link-targets.ts';

/** An entry whose header came before its content and says all of it. */
export interface PromisedEntry extends PromisedContent {
  readonly name: string;
  readonly archiveOffset: number;
}

export interface ContentChecksOptions {
  /** Beside the caller's own. Default: as many as the machine has other cores, three at most. */
  readonly threads?: number;
  /** Sees the contents that may be a link's target, in the archive's order. */
  readonly onSmall: (archiveOffset: number, content: Uint8Array) => void;
}

const MAX_THREADS = 3;
/** Contents are checked together up to this many unpacked bytes: a millisecond's work. */
const BATCH_BYTES = 512 * 1024;
/** What setting up zlib costs for each content, in bytes that it could inflate meanwhile. */
const CONTENT_OVERHEAD_BYTES = 8 * 1024;
/** So many batches may have been passed on and not be checked. */
const MAX_PENDING_BATCHES = 8;
/** Before so many unpacked bytes no thread is started: to start one takes as long as to inflate ten megabytes. */
const THREADS_FROM_BYTES = 8 * 1024 * 1024;

interface Pending {
  readonly entries: readonly PromisedEntry[];
  readonly checked: Promise<CheckedBatch>;
}

/**
 * Checks contents beside their being copied, in threads and, where these have enough to do, in the caller's. Answers
 * are taken in the archive's order, so that of several wrong contents the first is named. To be closed.
 */
export class ContentChecks {
  readonly #threads: WorkThreads<CheckBatch, CheckedBatch>;
  readonly #maxThreads: number;
  readonly #onSmall: ContentChecksOptions['onSmall'];
  readonly #pending: Pending[] = [];
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  #entries: PromisedEntry[] = [];
  #contents: Uint8Array[] = [];
  #batchBytes = 0;
  #sentBytes = 0;

  constructor({ threads, onSmall }: ContentChecksOptions) {
    this.#maxThreads = threads ?? Math.min(availableParallelism() - 1, MAX_THREADS);
    this.#threads = new WorkThreads(checkContents, this.#maxThreads);
    this.#onSmall = onSmall;
  }

  /** `packed` is read until its batch is full. Throws `artifact/archive-corrupt`, also of an earlier entry. */
  async add(entry: PromisedEntry, packed: Uint8Array): Promise<void> {
    this.#entries.push(entry);
    this.#contents.push(packed);
    this.#batchBytes += entry.size + CONTENT_OVERHEAD_BYTES;
    if (this.#batchBytes < BATCH_BYTES) return;
    this.#send();
    if (this.#pending.length > MAX_PENDING_BATCHES) await this.#settleFirst();
  }

  /** Throws `artifact/archive-corrupt` for the first wrong content; called again, it has nothing left to say. */
  async finish(): Promise<void> {
    if (this.#entries.length > 0) this.#send();
    while (this.#pending.length > 0) await this.#settleFirst();
  }

  close(): Promise<void> {
    return this.#threads.close();
  }

  #send(): void {
    const entries = this.#entries;
    const contents = entries.map(({ compressedSize, size, crc }) => ({ compressedSize, size, crc }));
    const batch = { bytes: this.#joined(), contents, maxShownBytes: MAX_TARGET_BYTES };
    const isHere = this.#maxThreads === 0 || this.#sentBytes < THREADS_FROM_BYTES || this.#threads.areBusy;
    const checked = isHere
      ? Promise.resolve(this.#threads.workHere(batch))
      : this.#threads.ask(batch, [batch.bytes.buffer]);
    // Whoever settles it gets the failure; until then it is no unhandled one.
    checked.catch(() => undefined);
    this.#pending.push({ entries, checked });
    this.#sentBytes += this.#batchBytes;
    this.#entries = [];
    this.#contents = [];
    this.#batchBytes = 0;
  }

  #joined(): Uint8Array<ArrayBuffer> {
    const length = this.#contents.reduce((sum, content) => sum + content.length, 0);
    const spare = this.#spare.pop();
    const bytes = spare !== undefined && spare.length >= length ? spare : new Uint8Array(Math.max(length, BATCH_BYTES));
    let at = 0;
    for (const content of this.#contents) {
      bytes.set(content, at);
      at += content.length;
    }
    return bytes;
  }

  async #settleFirst(): Promise<void> {
    const first = this.#pending.shift();
    if (first === undefined) return;
    const { bytes, wrong, shown } = await first.checked;
    for (const { index, content } of shown) {
      const entry = first.entries[index];
      if (entry !== undefined) this.#onSmall(entry.archiveOffset, content);
    }
    if (bytes.length === BATCH_BYTES) this.#spare.push(bytes);
    if (wrong === undefined) return;
    this.#pending.length = 0;
    this.#entries = [];
    throw corrupt(shownName(first.entries[wrong.index]?.name ?? ''), wrong.reason);
  }
}
