import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Objects that earlier fetches of the same repository got. They are data from outside: checked before they are used. */
export interface CachedObjects {
  /** Whole packs, none of which needs another one to be unpacked. */
  readonly packs: readonly (() => AsyncIterable<Uint8Array>)[];
  /** SHAs of commits and annotated tags; the packs hold all that they lead to, up to `shallow`. */
  readonly tips: readonly string[];
  /** SHAs of commits whose parents are left out. */
  readonly shallow: readonly string[];
}

/** Where objects are kept between fetches. Nothing that it does, or fails to do, fails a fetch. */
export interface ObjectCache {
  /** `undefined` where nothing is kept yet. */
  load(): Promise<CachedObjects | undefined>;
  /** Told where what was loaded is not usable, and a fresh fetch follows. */
  dropped(reason: string): void;
}

export interface PackFile {
  readonly file: string;
  readonly bytes: number;
}

/** Packs on disk and what they hold, as in {@link CachedObjects}. */
export interface StoredObjects {
  readonly packs: readonly PackFile[];
  readonly tips: readonly string[];
  readonly shallow: readonly string[];
}

/** What a fetch leaves for the next one; to be kept before `dispose`. */
export interface FetchedObjects {
  /** The packs are an addition to the loaded ones; `false`: they stand alone. */
  readonly usesCache: boolean;
  /** The loaded packs hold commits that the server has no more; only a rewrite may be kept. */
  readonly isStale: boolean;
  /** What the server sent; `tips` and `shallow` are those of the loaded packs and these together. */
  readonly received: StoredObjects;
  /** One pack that stands alone and holds nothing but what was asked for now. */
  rewrite(): Promise<StoredObjects>;
}

/** The packs of a repository, without those of its alternates. */
export async function listPacks(gitFolder: string): Promise<PackFile[]> {
  const folder = join(gitFolder, 'objects/pack');
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.pack')).map((name) => join(folder, name));
  return Promise.all(files.map(async (file) => ({ file, bytes: (await stat(file)).size })));
}

export function sumBytes(packs: readonly { readonly bytes: number }[]): number {
  return packs.reduce((sum, { bytes }) => sum + bytes, 0);
}
