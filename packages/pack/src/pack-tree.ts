import type { Commit, CommitSha, PackedEntry } from '@gitsource/events';
import { PackError } from './errors.ts';
import { ID_BYTES, type ObjectId, toHex } from './objects/object-id.ts';
import { PackSeries, type PackSeriesOptions } from './objects/pack-series.ts';
import { fetchPack } from './protocol/fetch-pack.ts';
import type { ObjectFormat, Session } from './protocol/open-session.ts';
import { findItem, findPaths, isBlob } from './tree/find-paths.ts';
import { packedBody } from './tree/packed-body.ts';
import { parseCommit } from './tree/parse-commit.ts';
import { type Selection, selectPaths } from './tree/selection.ts';
import { waitForCommit, waitForObject } from './tree/wait-for-object.ts';
import { type Submodule, type TreeSource, walkTree } from './tree/walk-tree.ts';

export interface PackTreeOptions extends PackSeriesOptions {
  /** Only these folders and files, each without slashes around: `services/api`. Default: all. */
  readonly paths?: readonly string[] | undefined;
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
  /**
   * The content of a file, as soon as it is there; `undefined` where the tree has none at that path. With `paths`, only they,
   * `.gitmodules`, and `.gitattributes` of the folders above them can be read.
   */
  readonly readFile: (path: string) => Promise<Buffer | undefined>;
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

/** A request with more is longer than the megabyte that git itself sends in one piece. */
const MAX_WANTS = 10_000;

/**
 * Fetches one commit without its history and gives its tree. Resolves when the commit itself has come; with `paths`, when all
 * folders have, and what is in the paths is asked for then. Must be closed.
 * Rejects, as the entries do, with `pack/not-a-commit`, `pack/path-missing`, `pack/corrupt`, `pack/truncated`,
 * `pack/object-missing`, `pack/tree-invalid`, `pack/path-unsafe`, `pack/too-large`, `pack/spool-failed`, and what the
 * fetch throws.
 */
export async function packTree(session: Session, sha: CommitSha, options: PackTreeOptions = {}): Promise<PackedTree> {
  const { objectFormat, canFilter } = session;
  expectLength(sha, objectFormat);
  const selection = selectPaths(options.paths ?? []);
  const series = new PackSeries(objectFormat, options);
  const isSparse = selection !== undefined && canFilter;
  series.add(fetchPack(session, sha, isSparse ? { filter: 'blob:none' } : {}));
  return openTree(series, sha, selection, (blobs) => {
    if (!isSparse) return;
    for (let at = 0; at < blobs.length; at += MAX_WANTS) {
      series.add(fetchPack(session, blobs.slice(at, at + MAX_WANTS).map(toHex), { depth: 'all' }));
    }
  });
}

/** The same from a pack that comes from anywhere. */
export async function readTree(
  pack: AsyncIterable<Uint8Array>,
  format: ObjectFormat,
  sha: CommitSha,
  options: PackTreeOptions = {},
): Promise<PackedTree> {
  const series = new PackSeries(format, options);
  series.add(pack);
  return openTree(series, sha, selectPaths(options.paths ?? []), () => undefined);
}

function expectLength(sha: CommitSha, format: ObjectFormat): void {
  if (sha.length === 2 * ID_BYTES[format]) return;
  throw new PackError('pack/not-a-commit', `${sha} cannot be a commit of a repository that hashes by ${format}.`);
}

/** `fetchBlobs` is told what is in the selection. */
async function openTree(
  series: PackSeries,
  sha: CommitSha,
  selection: Selection | undefined,
  fetchBlobs: (blobs: readonly ObjectId[]) => void,
): Promise<PackedTree> {
  try {
    const arriving = { objects: series.objects, advance: () => series.advance() };
    const object = await waitForCommit(arriving, sha);
    const { commit, tree } = parseCommit(sha, series.contents.contentOf(object));
    const source = toSource(series);
    if (selection !== undefined) {
      const { blobs, absent } = await findPaths(source, tree, selection.paths);
      if (absent.length > 0) throw pathsMissing(sha, absent);
      fetchBlobs(blobs);
    }
    const submodules: Submodule[] = [];
    return {
      commit,
      treeId: toHex(tree),
      submodules,
      entries: () => verified(walkTree(source, tree, { selection, submodules }), series),
      readFile: (path) => readFile(source, tree, path),
      measured: () => ({
        packBytes: series.bytes.length,
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
