import { readFileSync } from 'node:fs';
import type { CachedObjects, FetchedObjects, ObjectCache, StoredObjects } from '../src/object-cache.ts';

/** Keeps what fetches leave, as a store of bytes would. */
export class MemoryCache implements ObjectCache {
  packs: Buffer[] = [];
  tips: readonly string[] = [];
  shallow: readonly string[] = [];
  readonly reasons: string[] = [];

  async load(): Promise<CachedObjects | undefined> {
    if (this.packs.length === 0) return undefined;
    const packs = this.packs.map(
      (pack) =>
        async function* () {
          yield pack;
        },
    );
    return { packs, tips: this.tips, shallow: this.shallow };
  }

  dropped(reason: string): void {
    this.reasons.push(reason);
    this.packs = [];
  }

  add({ received }: FetchedObjects): void {
    this.#keep([...this.packs, ...read(received)], received);
  }

  async replace(fetched: FetchedObjects): Promise<void> {
    const objects = await fetched.rewrite();
    this.#keep(read(objects), objects);
  }

  #keep(packs: Buffer[], { tips, shallow }: StoredObjects): void {
    Object.assign(this, { packs, tips, shallow });
  }
}

const read = ({ packs }: StoredObjects) => packs.map(({ file }) => readFileSync(file));
