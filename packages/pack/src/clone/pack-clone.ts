import type { Commit, CommitSha, PackedEntry } from '@gitsource/events';
import { tooLarge } from '../errors.ts';
import { type ObjectId, toHex } from '../objects/object-id.ts';
import type { PackSeriesOptions } from '../objects/pack-series.ts';
import { type PackMeasures, toSource } from '../packed-tree.ts';
import { fetchPack } from '../protocol/fetch-pack.ts';
import type { RemoteRef } from '../protocol/list-refs.ts';
import type { ObjectFormat, Session } from '../protocol/open-session.ts';
import { parseCommit } from '../tree/parse-commit.ts';
import { waitForCommit } from '../tree/wait-for-object.ts';
import { type Submodule, type TreeSource, walkTree } from '../tree/walk-tree.ts';
import { cloneConfig } from './clone-config.ts';
import { gitFile, idsOf, packName } from './clone-files.ts';
import { CLONE_LIMITS } from './clone-limits.ts';
import { CloneReading } from './clone-reading.ts';
import { BRANCH, clonedRefs, packedRefs, refsToClone } from './clone-refs.ts';
import { type IndexedPath, makeWorkTreeIndex } from './work-tree-index.ts';

/** What a clone is to have. */
export interface CloneWanted {
  /** What the server lists; its branches and tags come along. */
  readonly refs: readonly RemoteRef[];
  /** The one to check out: a branch by its name, anything else detached. */
  readonly head: RemoteRef;
  /** The commit to check out: that of `head`, or one that came before it. */
  readonly sha: CommitSha;
  /** Where the clone says that it comes from: `https://git.example.com/team/app.git`, without credentials. */
  readonly url: string;
}

/** A clone as its files, to be read in this order: `pack`, `gitFolder`, `entries`. Each once. */
export interface PackedClone {
  readonly commit: Commit;
  /** The root tree's ID. */
  readonly treeId: string;
  /**
   * The pack, as the server sends it and while it does: its length is known in the end. Ends when the pack is verified, and
   * all is there that its objects name.
   */
  readonly pack: { readonly path: string; readonly chunks: () => AsyncGenerator<Uint8Array> };
  /** The other files of `.git`. */
  readonly gitFolder: () => AsyncGenerator<PackedEntry>;
  /** The work tree, as it is committed. */
  readonly entries: () => AsyncGenerator<PackedEntry>;
  /** Their folders are empty in a clone. Complete when `gitFolder` has been read. */
  readonly submodules: readonly Submodule[];
  /** So far. */
  readonly measured: () => PackMeasures;
  /** Ends the fetch, and every body that an entry has. */
  readonly close: () => Promise<void>;
}

/** More refs than that are asked for with megabytes. */
const MAX_WANTS = 20_000;

/**
 * Fetches all branches and tags with their history, and gives a clone of them. Resolves when the commit to check out has come;
 * must be closed. Rejects, as its parts do, with what `packTree` does, and with `pack/too-large` where only git should do it.
 */
export async function packClone(
  session: Session,
  wanted: CloneWanted,
  options: PackSeriesOptions = {},
): Promise<PackedClone> {
  const ids = idsOf(refsToClone(wanted.refs, wanted.head));
  if (ids.length > MAX_WANTS) throw tooLarge(`The server has more than ${MAX_WANTS} refs`);
  return readClone(fetchPack(session, ids, { depth: 'all' }), session.objectFormat, wanted, options);
}

/** The same from a pack that comes from anywhere. */
export async function readClone(
  pack: AsyncIterable<Uint8Array>,
  format: ObjectFormat,
  wanted: CloneWanted,
  options: PackSeriesOptions = {},
): Promise<PackedClone> {
  const limits = { ...CLONE_LIMITS, ...options.limits };
  const reading = new CloneReading(pack, format, { ...options, limits });
  const { series } = reading;
  try {
    const object = await waitForCommit({ objects: series.objects, advance: () => series.advance() }, wanted.sha);
    const { commit, tree } = parseCommit(wanted.sha, series.contents.contentOf(object));
    const refs = refsToClone(wanted.refs, wanted.head);
    const submodules: Submodule[] = [];
    const source = toSource(series);
    const name = `objects/pack/${packName(format, refs)}`;
    return {
      commit,
      treeId: toHex(tree),
      submodules,
      pack: { path: `.git/${name}.pack`, chunks: () => reading.chunks(refs) },
      gitFolder: async function* () {
        reading.expectOnRef(wanted.head, wanted.sha);
        yield gitFile(format, `${name}.idx`, reading.makeIndex());
        yield gitFile(format, 'index', makeWorkTreeIndex(format, await listPaths(source, tree, submodules)));
        yield* refFiles(reading, refs, wanted);
      },
      entries: () => walkTree(source, tree, { selection: undefined, submodules: [] }),
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

/** `HEAD`, the refs, and where they come from. */
function* refFiles(
  reading: CloneReading,
  remote: readonly RemoteRef[],
  { head, sha, url }: CloneWanted,
): Generator<PackedEntry> {
  const isBranch = head.name.startsWith(BRANCH);
  const refs = packedRefs(clonedRefs(remote, head, sha), (id) => reading.peel(id));
  const file = (name: string, text: string) => gitFile(reading.format, name, Buffer.from(text));
  yield file('HEAD', isBranch ? `ref: ${head.name}\n` : `${sha}\n`);
  yield file('config', cloneConfig(reading.format, url, head.name));
  yield file('packed-refs', refs);
  // One ref stays a file: without its `refs` folder, which a zip would drop as empty, a clone is none to git.
  yield file(head.name, `${isBranch ? sha : head.sha}\n`);
}

/** What the index has of a tree. */
async function listPaths(source: TreeSource, root: ObjectId, submodules: Submodule[]): Promise<IndexedPath[]> {
  const paths: IndexedPath[] = [];
  const walk = walkTree(source, root, { selection: undefined, submodules });
  for await (const { path, kind, blob } of walk) paths.push({ path, kind, object: blob });
  return [...paths, ...submodules.map(({ path, sha }) => ({ path, kind: 'submodule' as const, object: sha }))];
}
