import type { CommitSha } from '@gitsource/events';
import { PackError } from '../errors.ts';
import { parseObjectId } from '../objects/object-id.ts';
import type { PackSeries } from '../objects/pack-series.ts';
import type { FoundObject } from '../objects/packed-object.ts';
import type { HaveCommit } from '../protocol/fetch-pack.ts';
import type { ObjectFormat } from '../protocol/open-session.ts';
import { parseParents } from '../tree/parse-commit.ts';
import { connectedObjects } from './connected-objects.ts';
import type { ReceivedObjects } from './kept-objects.ts';
import { writeObjects } from './write-objects.ts';

export interface Received {
  readonly series: PackSeries;
  readonly format: ObjectFormat;
  readonly sha: CommitSha;
  /** What the server was told of. */
  readonly haves: readonly HaveCommit[];
  /** Of the packs before the server's. */
  readonly keptBytes: number;
}

/** When all of a commit has come. */
export function receivedObjects({ series, format, sha, haves, keptBytes }: Received): ReceivedObjects {
  const { bytes } = series;
  const addsToKept = haves.length > 0;
  const needed = () => neededBy(series, sha);
  const news = () => needed().filter(({ offset }) => offset >= keptBytes);
  const own = { sha, isShallow: hasParents(series, sha) };
  return {
    addsToKept,
    received: {
      ...tipsOf([...haves, own]),
      // What was not asked for as a difference stands alone, as the server made it.
      pack: () =>
        addsToKept ? writeObjects(series, format, news()) : bytes.pieces(keptBytes, bytes.length - keptBytes),
    },
    rewritten: { ...tipsOf([own]), pack: () => writeObjects(series, format, needed()) },
  };
}

function neededBy(series: PackSeries, sha: CommitSha): FoundObject[] {
  const objects = connectedObjects(series, parseObjectId(sha));
  if (objects !== undefined) return objects;
  throw new PackError('pack/object-missing', `Not all of the commit ${sha} has come. Read its entries first.`);
}

function hasParents({ objects, contents }: PackSeries, sha: CommitSha): boolean {
  const commit = objects.find(parseObjectId(sha));
  return commit !== undefined && parseParents(contents.contentOf(commit)).length > 0;
}

function tipsOf(commits: readonly HaveCommit[]) {
  return {
    tips: commits.map(({ sha }) => sha),
    shallow: commits.filter((commit) => commit.isShallow).map(({ sha }) => sha),
  };
}
