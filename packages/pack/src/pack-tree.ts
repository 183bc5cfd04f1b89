import { tmpdir } from 'node:os';
import type { Commit, CommitSha, PackedEntry } from '@gitsource/events';
import { PackError } from './errors.ts';
import { PACK_LIMITS, type PackLimits } from './limits.ts';
import { ObjectContents } from './objects/object-contents.ts';
import { ID_BYTES, toHex } from './objects/object-id.ts';
import { ObjectSet } from './objects/object-set.ts';
import { PackBytes } from './objects/pack-bytes.ts';
import { PackReader } from './objects/pack-reader.ts';
import { fetchPack } from './protocol/fetch-pack.ts';
import type { ObjectFormat, Session } from './protocol/open-session.ts';
import { packedBody } from './tree/packed-body.ts';
import { parseCommit } from './tree/parse-commit.ts';
import { type ArrivingObjects, waitForCommit, waitForObject } from './tree/wait-for-object.ts';
import { type Submodule, type TreeSource, walkTree } from './tree/walk-tree.ts';

export interface PackTreeOptions {
  /** Limits other than `PACK_LIMITS`. */
  readonly limits?: Partial<PackLimits>;
  /** Where a pack goes that is larger than `maxMemoryBytes`, in a file without a name. Default: the system's. */
  readonly spoolFolder?: string;
}

/** A commit whose tree is read while its pack arrives. */
export interface PackedTree {
  readonly commit: Commit;
  /** The root tree's ID: equal ones are equal contents, names and modes. */
  readonly treeId: string;
  /**
   * The tree's files and links in git's order, each when its content is there and verified. The last one comes when the
   * whole pack is verified and every path accounted for, so whoever saw the end saw the commit. To be read once.
   */
  readonly entries: () => AsyncGenerator<PackedEntry>;
  /** Complete when the entries have ended. */
  readonly submodules: readonly Submodule[];
  /** So far. */
  readonly measured: () => PackMeasures;
  /** Ends the fetch, and every body that an entry has. */
  readonly close: () => Promise<void>;
}

export interface PackMeasures {
  readonly packBytes: number;
  readonly spooledBytes: number;
  readonly objects: number;
}

/**
 * Fetches one commit without its history and gives its tree. Resolves when the commit itself has come; must be closed.
 * Rejects, as the entries do, with `pack/not-a-commit`, `pack/corrupt`, `pack/truncated`, `pack/object-missing`,
 * `pack/tree-invalid`, `pack/path-unsafe`, `pack/too-large`, `pack/spool-failed`, and what the fetch throws.
 */
export async function packTree(session: Session, sha: CommitSha, options: PackTreeOptions = {}): Promise<PackedTree> {
  const { objectFormat } = session;
  if (sha.length !== 2 * ID_BYTES[objectFormat]) {
    throw new PackError(
      'pack/not-a-commit',
      `${sha} cannot be a commit of a repository that hashes by ${objectFormat}.`,
    );
  }
  return readTree(fetchPack(session, sha), objectFormat, sha, options);
}

/** The same from a pack that comes from anywhere. */
export async function readTree(
  pack: AsyncIterable<Uint8Array>,
  format: ObjectFormat,
  sha: CommitSha,
  options: PackTreeOptions = {},
): Promise<PackedTree> {
  const reading = startReading(pack, format, options);
  const { bytes, contents, reader, close } = reading;
  try {
    const object = await waitForCommit(reading, sha);
    const { commit, tree } = parseCommit(sha, contents.contentOf(object));
    const submodules: Submodule[] = [];
    return {
      commit,
      treeId: toHex(tree),
      submodules,
      entries: () => verified(walkTree(toSource(reading), tree, submodules), reader),
      measured: () => ({
        packBytes: bytes.length,
        spooledBytes: bytes.spooledBytes,
        objects: reader.objects.length,
      }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a pack becomes while it is read. */
interface Reading extends ArrivingObjects {
  readonly idBytes: number;
  readonly limits: PackLimits;
  readonly bytes: PackBytes;
  readonly contents: ObjectContents;
  readonly close: () => Promise<void>;
}

function startReading(pack: AsyncIterable<Uint8Array>, format: ObjectFormat, options: PackTreeOptions): Reading {
  const limits = { ...PACK_LIMITS, ...options.limits };
  const { maxMemoryBytes } = limits;
  const bytes = new PackBytes({ maxMemoryBytes, spoolFolder: options.spoolFolder ?? tmpdir() });
  const contents = new ObjectContents(bytes, limits);
  const objects = new ObjectSet(format, contents, limits);
  const reader = new PackReader(pack, { format, limits, bytes, objects });
  const close = async () => {
    bytes.close();
    await reader.close();
  };
  return { idBytes: ID_BYTES[format], limits, bytes, contents, objects, reader, close };
}

function toSource(reading: Reading): TreeSource {
  const { idBytes, limits, bytes, contents, objects } = reading;
  const { maxPaths, maxWholeBytes } = limits;
  return {
    idBytes,
    maxPaths,
    need: (id, kind, path) => {
      const found = objects.find(id);
      return found?.resolved.kind === kind ? found : waitForObject(reading, id, kind, path);
    },
    contentOf: (object) => contents.contentOf(object),
    bodyOf: (object) => packedBody(object, { bytes, contents, maxWholeBytes }),
  };
}

/** Holds the last entry back until the pack has ended as it must. */
async function* verified(entries: AsyncIterable<PackedEntry>, reader: PackReader): AsyncGenerator<PackedEntry> {
  let held: PackedEntry | undefined;
  for await (const entry of entries) {
    if (held !== undefined) yield held;
    held = entry;
  }
  while (await reader.advance());
  if (held !== undefined) yield held;
}
