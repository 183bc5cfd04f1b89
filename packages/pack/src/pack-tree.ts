import type { CommitSha } from '@gitsource/events';
import { PackError } from './errors.ts';
import { type KeptObjects, readKept } from './kept/kept-objects.ts';
import { ID_BYTES, type ObjectId, toHex } from './objects/object-id.ts';
import { PackSeries, type PackSeriesOptions } from './objects/pack-series.ts';
import { openTree, type PackedTree } from './packed-tree.ts';
import { fetchPack } from './protocol/fetch-pack.ts';
import type { ObjectFormat, Session } from './protocol/open-session.ts';
import { selectPaths } from './tree/selection.ts';

export interface PackTreeOptions extends PackSeriesOptions {
  /** Only these folders and files, each without slashes around: `services/api`. Default: all. */
  readonly paths?: readonly string[] | undefined;
  /**
   * What is here already, so that the server need not send it again. Where it cannot be read, everything is fetched, and
   * `dropped` told why. Not used with `paths`.
   */
  readonly kept?: (KeptObjects & { readonly dropped: (reason: unknown) => void }) | undefined;
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
  const { objectFormat: format, canFilter } = session;
  expectLength(sha, format);
  const selection = selectPaths(options.paths ?? []);
  const isSparse = selection !== undefined && canFilter;
  const { series, haves, keptBytes } = await startSeries(format, options);
  const isKept = haves.some((have) => have.sha === sha);
  if (!isKept) series.add(fetchPack(session, sha, isSparse ? { filter: 'blob:none' } : { haves }));
  const fetchBlobs = (blobs: readonly ObjectId[]) => {
    for (let at = 0; at < blobs.length; at += MAX_WANTS) {
      series.add(fetchPack(session, blobs.slice(at, at + MAX_WANTS).map(toHex), { depth: 'all' }));
    }
  };
  return openTree({ series, format, sha, haves, keptBytes, selection, ...(isSparse && { fetchBlobs }) });
}

/** With the kept objects, where there are any and they can be read. */
async function startSeries(format: ObjectFormat, options: PackTreeOptions) {
  const { kept, paths = [] } = options;
  if (kept !== undefined && paths.length === 0) {
    const series = new PackSeries(format, options);
    try {
      const haves = await readKept(series, kept);
      return { series, haves, keptBytes: series.bytes.length };
    } catch (error) {
      await series.close();
      kept.dropped(error);
    }
  }
  return { series: new PackSeries(format, options), haves: [], keptBytes: 0 };
}

/** The same from a pack that comes from anywhere. */
export async function readTree(
  pack: AsyncIterable<Uint8Array>,
  format: ObjectFormat,
  sha: CommitSha,
  options: Omit<PackTreeOptions, 'kept'> = {},
): Promise<PackedTree> {
  const series = new PackSeries(format, options);
  series.add(pack);
  return openTree({ series, format, sha, haves: [], keptBytes: 0, selection: selectPaths(options.paths ?? []) });
}

function expectLength(sha: CommitSha, format: ObjectFormat): void {
  if (sha.length === 2 * ID_BYTES[format]) return;
  throw new PackError('pack/not-a-commit', `${sha} cannot be a commit of a repository that hashes by ${format}.`);
}
