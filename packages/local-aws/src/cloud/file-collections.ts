import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Collection } from './collection.ts';

/** Shortest wait between a change and its write; a slow write stretches it, so that writing never takes over. */
const MIN_DELAY_MS = 50;
const DELAY_PER_WRITE_MS = 10;

/**
 * The collections of one data folder: one JSON file each, `<folder>/<name>.json`, replaced whole by rename.
 * A crash loses what changed in the last fraction of a second, never the file.
 */
export class FileCollections {
  readonly #folder: string;
  readonly #open = new Map<string, FileCollection<unknown>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  collection<T>(name: string): Collection<T> {
    let collection = this.#open.get(name);
    if (collection === undefined) {
      collection = new FileCollection(join(this.#folder, `${name}.json`));
      this.#open.set(name, collection);
    }
    return collection as Collection<T>;
  }

  /** Ends timers and writes what is pending. */
  async close(): Promise<void> {
    for (const collection of this.#open.values()) await collection.close();
  }
}

class FileCollection<T> implements Collection<T> {
  readonly #file: string;
  readonly #entries: Map<string, T>;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #dirty = false;
  #delayMs = MIN_DELAY_MS;

  constructor(file: string) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
    this.#entries = new Map(readEntries<T>(file));
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  set(key: string, value: T): void {
    this.#entries.set(key, value);
    this.#changed();
  }

  delete(key: string): boolean {
    const deleted = this.#entries.delete(key);
    if (deleted) this.#changed();
    return deleted;
  }

  values(): IterableIterator<T> {
    return this.#entries.values();
  }

  entries(): IterableIterator<[string, T]> {
    return this.#entries.entries();
  }

  get size(): number {
    return this.#entries.size;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    clearTimeout(this.#timer);
    if (!this.#dirty) return;
    this.#dirty = false;
    writeFileSync(`${this.#file}.tmp`, this.#text(), { mode: 0o600 });
    renameSync(`${this.#file}.tmp`, this.#file);
  }

  #changed(): void {
    this.#dirty = true;
    if (this.#timer !== undefined || this.#writing !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#write();
    }, this.#delayMs);
    this.#timer.unref();
  }

  async #write(): Promise<void> {
    const started = performance.now();
    this.#dirty = false;
    try {
      await writeFile(`${this.#file}.tmp`, this.#text(), { mode: 0o600 });
      await rename(`${this.#file}.tmp`, this.#file);
    } catch (error) {
      // A full disk must not end the process: the next change, or close, tries again and close reports it.
      this.#dirty = true;
      process.emitWarning(`local-aws could not write ${this.#file}: ${String(error)}`);
    }
    this.#delayMs = Math.max(MIN_DELAY_MS, (performance.now() - started) * DELAY_PER_WRITE_MS);
    this.#writing = undefined;
    if (this.#dirty) this.#changed();
  }

  #text(): string {
    return JSON.stringify([...this.#entries]);
  }
}

function readEntries<T>(file: string): [string, T][] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  try {
    return JSON.parse(text) as [string, T][];
  } catch (cause) {
    throw new Error(`${file} is not JSON any more: restore it, or start with another data folder.`, { cause });
  }
}
