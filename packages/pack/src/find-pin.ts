import type { CommitSha } from '@gitsource/events';
import { PackError } from './errors.ts';
import { type ObjectId, parseObjectId } from './objects/object-id.ts';
import { PackSeries, type PackSeriesOptions } from './objects/pack-series.ts';
import { fetchPack } from './protocol/fetch-pack.ts';
import { fetchSince } from './protocol/fetch-since.ts';
import { listRefs } from './protocol/list-refs.ts';
import type { Session } from './protocol/open-session.ts';
import { parseParents } from './tree/parse-commit.ts';

/** Whether a ref leads to a commit. */
export type FoundPin =
  /** It does. `sha` is the commit, also where the pin was an annotated tag's object. */
  | { readonly kind: 'on-ref'; readonly sha: CommitSha }
  /** It does not, and that is certain: the whole history was seen, or the server does not have it at all. */
  | { readonly kind: 'not-on-ref' }
  /** Only git can tell. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface FindPinOptions extends Pick<PackSeriesOptions, 'spoolFolder'> {
  /** Longer histories are left to git. Default `MAX_HISTORY_COMMITS`. */
  readonly maxCommits?: number;
}

/** Some 11 MB from the server, 1.5 s of one core, and 50 to 150 MB of memory while they are read. */
export const MAX_HISTORY_COMMITS = 50_000;
/** Of history; the first mostly has it, as a pin is seldom old. */
const DEPTHS = [16, 256, 4096, 'all'] as const;

/**
 * Looks for a pinned commit in the history of a ref's newest commit, of which only the commits are fetched; a server that sends
 * no commits alone is asked for all since the pin. A pin that is the object of an annotated tag stands for that tag's commit. Rejects with what `packTree` rejects with.
 */
export async function findPin(
  session: Session,
  tip: CommitSha,
  pin: CommitSha,
  { maxCommits = MAX_HISTORY_COMMITS, spoolFolder }: FindPinOptions = {},
): Promise<FoundPin> {
  if (pin.length !== tip.length) return { kind: 'not-on-ref' };
  if (pin === tip) return { kind: 'on-ref', sha: tip };
  const options = { limits: { maxObjects: maxCommits }, spoolFolder };
  if (!session.canFilter) return findSince(session, tip, pin, options);
  const wanted = [pin];
  for (const depth of DEPTHS) {
    const history = await readHistory(session, tip, fetchPack(session, tip, { filter: 'tree:0', depth }), options);
    if (history === 'too-long') return { kind: 'unknown', why: `the history has more than ${maxCommits} commits` };
    // Asked after the first look, as hardly any pin is a tag, and a repository may have thousands of them.
    if (depth === DEPTHS[0] && !history.commits.has(parseObjectId(pin))) wanted.push(...(await peelTag(session, pin)));
    const sha = wanted.find((candidate) => history.commits.has(parseObjectId(candidate)));
    if (sha !== undefined) return { kind: 'on-ref', sha };
    if (history.isWhole) break;
  }
  return { kind: 'not-on-ref' };
}

/** For servers without filters, which is how git is installed: they send what was committed since the pin, contents and all. */
async function findSince(
  session: Session,
  tip: CommitSha,
  pin: CommitSha,
  options: PackSeriesOptions,
): Promise<FoundPin> {
  let isCertain = false;
  for (const sha of [pin, ...(await peelTag(session, pin))]) {
    const found = await fetchSince(session, tip, sha, (pack) => readHistory(session, tip, pack, options));
    if (found === 'absent') return { kind: 'not-on-ref' };
    if (found === 'too-long') return { kind: 'unknown', why: 'the pinned commit is too far from the newest one' };
    if (found === 'unrelated') continue;
    if (found.parents.has(parseObjectId(sha))) return { kind: 'on-ref', sha };
    // All that is not in the pin's own history came, so a child of it would be there.
    isCertain = true;
  }
  if (isCertain) return { kind: 'not-on-ref' };
  const why =
    'the server sends no commits without their contents (uploadpack.allowFilter), and has another history of the pinned one';
  return { kind: 'unknown', why };
}

interface History {
  /** Those that the newest one leads to. */
  readonly commits: ReadonlySet<ObjectId>;
  /** Of all of them, whether they are there or not. */
  readonly parents: ReadonlySet<ObjectId>;
  /** None of their parents is missing. */
  readonly isWhole: boolean;
}

async function readHistory(
  session: Session,
  tip: CommitSha,
  pack: AsyncIterable<Buffer>,
  options: PackSeriesOptions,
): Promise<History | 'too-long'> {
  const series = new PackSeries(session.objectFormat, options);
  series.add(pack);
  try {
    await series.finish();
    return walkHistory(series, tip);
  } catch (error) {
    if (error instanceof PackError && error.code === 'pack/too-large') return 'too-long';
    throw error;
  } finally {
    await series.close();
  }
}

/** By their parents alone: what else a server sends is no part of the ref. */
function walkHistory({ objects, contents }: PackSeries, tip: CommitSha): History {
  const commits = new Set<ObjectId>();
  const parents = new Set<ObjectId>();
  let isWhole = true;
  const open = [parseObjectId(tip)];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (commits.has(id)) continue;
    const found = objects.find(id);
    if (found?.resolved.kind === 'commit') {
      commits.add(id);
      for (const parent of parseParents(contents.contentOf(found))) {
        parents.add(parent);
        open.push(parent);
      }
    } else isWhole = false;
  }
  return { commits, parents, isWhole };
}

async function peelTag(session: Session, tagObject: CommitSha): Promise<CommitSha[]> {
  const tag = (await listRefs(session, ['refs/tags/'])).find(({ sha }) => sha === tagObject);
  return tag?.peeled === undefined ? [] : [tag.peeled];
}
