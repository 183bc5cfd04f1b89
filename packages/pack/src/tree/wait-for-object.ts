import type { CommitSha } from '@gitsource/events';
import { PackError } from '../errors.ts';
import { type ObjectId, type ObjectKind, parseObjectId, toHex } from '../objects/object-id.ts';
import type { ObjectSet } from '../objects/object-set.ts';
import type { FoundObject } from '../objects/packed-object.ts';

export interface ArrivingObjects {
  readonly objects: Pick<ObjectSet, 'find'>;
  /** Reads on; `false` when all has been read. */
  readonly advance: () => Promise<boolean>;
}

/** An object that the tree names. Rejects with `pack/object-missing`, `pack/tree-invalid`. */
export async function waitForObject(
  arriving: ArrivingObjects,
  id: ObjectId,
  kind: ObjectKind,
  path: string,
): Promise<FoundObject> {
  const found = await waitFor(arriving, id);
  if (found?.resolved.kind === kind) return found;
  const shown = JSON.stringify(path);
  if (found === undefined) throw missing(`${kind} ${toHex(id)} of ${shown}`);
  const what = `The tree says that ${shown} is a ${kind}, and it is a ${found.resolved.kind}`;
  throw new PackError('pack/tree-invalid', `${what}. Run git fsck on the server.`);
}

/** Rejects with `pack/not-a-commit`, `pack/object-missing`. */
export async function waitForCommit(arriving: ArrivingObjects, sha: CommitSha): Promise<FoundObject> {
  const found = await waitFor(arriving, parseObjectId(sha));
  if (found?.resolved.kind === 'commit') return found;
  if (found === undefined) throw missing(`commit ${sha}`);
  throw new PackError('pack/not-a-commit', `${sha} is a ${found.resolved.kind}, not a commit.`);
}

/** Reads on until the object is there; `undefined` where the pack ends without it. */
async function waitFor(arriving: ArrivingObjects, id: ObjectId): Promise<FoundObject | undefined> {
  for (let more = true; more; ) {
    const found = arriving.objects.find(id);
    if (found !== undefined) return found;
    more = await arriving.advance();
  }
  return arriving.objects.find(id);
}

function missing(what: string): PackError {
  return new PackError('pack/object-missing', `The pack lacks the ${what}. Run git fsck on the server.`);
}
