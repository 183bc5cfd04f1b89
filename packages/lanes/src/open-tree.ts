import type { CommitSha } from '@gitsource/events';
import { parsePaths } from '@gitsource/git';
import { type PackedTree, packTree, type Session } from '@gitsource/pack';
import { asCheckedOut } from './as-checked-out.ts';
import { leftOf } from './object-cache/left-objects.ts';
import { loadKept, openCache } from './object-cache/open-cache.ts';
import { type PackSubmodulesOptions, withSubmodules } from './pack-submodules.ts';
import type { FetchPorts } from './ports.ts';
import type { SourceRequest } from './source.ts';

export interface OpenedTree extends PackedTree {
  /** Keeps what came for the next fetch, where that pays; to be called when the entries have ended, before the tree is closed. */
  readonly keep: () => Promise<void>;
}

export interface TreePlace extends Omit<PackSubmodulesOptions, 'kind'> {
  readonly ports: PackSubmodulesOptions['ports'] & Pick<FetchPorts, 'log' | 'signal' | 'cacheBucket'>;
}

type Request = Pick<SourceRequest, 'gitUrl' | 'outputArtifactFormat' | 'paths' | 'submodules'>;

/** Begins to read a commit's tree as a checkout has it, with the objects that are kept of its repository. Rejects with what `packTree` does. */
export async function openTree(
  session: Session,
  sha: CommitSha,
  request: Request,
  place: TreePlace,
): Promise<OpenedTree> {
  const { ports, spoolFolder } = place;
  const { submodules } = request;
  const paths = parsePaths(request.paths);
  // A sparse tree leaves nothing, as it is not whole.
  const cache = ports.cacheBucket && paths.length === 0 ? openCache(ports, ports.cacheBucket, request) : undefined;
  const kept = cache && (await loadKept(cache));
  const own = await packTree(session, sha, { spoolFolder, paths, kept });
  const keep = async () => {
    const left = cache && leftOf(own);
    if (left !== undefined) await cache?.keep(left);
  };
  const top = asCheckedOut(own, { onConverted: place.onConverted, paths });
  const tree = submodules === 'none' ? top : withSubmodules(top, { kind: submodules, ...place });
  return { ...tree, keep };
}
