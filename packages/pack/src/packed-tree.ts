import type { Commit, CommitSha, PackedEntry } from '@gitsource/events';
import { PackError } from './errors.ts';
import type { ReceivedObjects } from './kept/kept-objects.ts';
import { type Received, receivedObjects } from './kept/received-objects.ts';
import { type ObjectId, toHex } from './objects/object-id.ts';
import type { PackSeries } from './objects/pack-series.ts';
import { findItem, findPaths, isBlob } from './tree/find-paths.ts';
import { packedBody } from './tree/packed-body.ts';
import { parseCommit } from './tree/parse-commit.ts';
import type { Selection } from './tree/selection.ts';
import { waitForCommit, waitForObject } from './tree/wait-for-object.ts';
import { type Submodule, type TreeSource, walkTree } from './tree/walk-tree.ts';

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
  /**
   * The content of a file, as soon as it is there; `undefined` where the tree has none at that path. With `paths`, only they,
   * `.gitmodules`, and `.gitattributes` of the folders above them can be read.
   */
  readonly readFile: (path: string) => Promise<Buffer | undefined>;
  /**
   * What to keep for `kept` of the next fetch, when the entries have ended; `undefined` as long as packs are arriving, where the
   * kept objects had all of the commit already, and where only `paths` were fetched.
   */
  readonly received: () => ReceivedObjects | undefined;
  /** So far. */
  readonly measured: () => TreeMeasures;
  /** Ends the fetch, and every body that an entry has. */
  readonly close: () => Promise<void>;
}

export interface PackMeasures {
  /** From the server. */
  readonly packBytes: number;
  readonly spooledBytes: number;
  readonly objects: number;
}

export interface TreeMeasures extends PackMeasures {
  /** Of kept packs, beside those from the server. */
  readonly keptBytes: number;
}

export interface ArrivingTree extends Received {
  /** Where not everything is wanted. */
  readonly selection?: Selection | undefined;
  /** Told what is in the selection. */
  readonly fetchBlobs?: (blobs: readonly ObjectId[]) => void;
}

/** Gives the tree of a commit, whose packs a series reads. Closes the series where it rejects. */
export async function openTree(arriving: ArrivingTree): Promise<PackedTree> {
  const { series, sha, selection, keptBytes } = arriving;
  try {
    const object = await waitForCommit({ objects: series.objects, advance: () => series.advance() }, sha);
    const { commit, tree } = parseCommit(sha, series.contents.contentOf(object));
    const source = toSource(series);
    if (selection !== undefined) {
      const { blobs, absent } = await findPaths(source, tree, selection.paths);
      if (absent.length > 0) throw pathsMissing(sha, absent);
      arriving.fetchBlobs?.(blobs);
    }
    const submodules: Submodule[] = [];
    return {
      commit,
      treeId: toHex(tree),
      submodules,
      entries: () => verified(walkTree(source, tree, { selection, submodules }), series),
      readFile: (path) => readFile(source, tree, path),
      received: () => (isReceived(arriving) ? receivedObjects(arriving) : undefined),
      measured: () => ({
        packBytes: series.bytes.length - keptBytes,
        keptBytes,
        spooledBytes: series.bytes.spooledBytes,
        objects: series.objectCount,
      }),
      close: () => series.close(),
    };
  } catch (error) {
    await series.close();
    throw error;
  }
}

function isReceived({ series, selection, haves, sha }: ArrivingTree): boolean {
  return series.hasEnded && selection === undefined && !haves.some((have) => have.sha === sha);
}

/** What a walk needs of packs that may still be arriving. */
export function toSource(series: PackSeries): TreeSource {
  const { idBytes, bytes, contents, objects } = series;
  const { maxPaths, maxWholeBytes } = series.limits;
  const arriving = { objects, advance: () => series.advance() };
  return {
    idBytes,
    maxPaths,
    need: (id, kind, path) => {
      const found = objects.find(id);
      return found?.resolved.kind === kind ? found : waitForObject(arriving, id, kind, path);
    },
    contentOf: (object) => contents.contentOf(object),
    bodyOf: (object) => packedBody(object, { bytes, contents, maxWholeBytes }),
  };
}

async function readFile(source: TreeSource, root: ObjectId, path: string): Promise<Buffer | undefined> {
  const item = await findItem(source, root, path);
  if (item === undefined || !isBlob(item)) return undefined;
  return source.contentOf(await source.need(item.id, 'blob', path));
}

/** Holds the last entry back until the packs have ended as they must. */
async function* verified(entries: AsyncIterable<PackedEntry>, series: PackSeries): AsyncGenerator<PackedEntry> {
  let held: PackedEntry | undefined;
  for await (const entry of entries) {
    if (held !== undefined) yield held;
    held = entry;
  }
  await series.finish();
  if (held !== undefined) yield held;
}

function pathsMissing(sha: CommitSha, paths: readonly string[]): PackError {
  const list = paths.map((path) => JSON.stringify(path)).join(', ');
  const remedy =
    'Correct Paths; they are folders or files from the top of the repository, with the same upper and lower case.';
  return new PackError('pack/path-missing', `The commit ${sha} has nothing at ${list}. ${remedy}`);
}
