import type { CommitSha } from '@gitsource/events';
import { type PackError, protocolBroken } from '../errors.ts';
import { type ObjectId, toHex } from '../objects/object-id.ts';
import type { RemoteRef } from '../protocol/list-refs.ts';

/** A ref as it is called in a clone: the server's branch `main` is `refs/remotes/origin/main`. */
export interface CloneRef {
  readonly name: string;
  readonly sha: CommitSha;
}

export const BRANCH = 'refs/heads/';
const TAG = 'refs/tags/';
const TRACKING = 'refs/remotes/origin/';
/** No ref has such a name: https://git-scm.com/docs/git-check-ref-format. The first is a space or a control character. */
const NO_NAME = /[^!-\u{10ffff}]|[\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[./]$/u;

/**
 * The refs that come along of those that a server lists: branches, tags, and `head`. Git takes none of a name that no ref
 * can have. Throws `pack/protocol-broken` for a name that is not UTF-8, and for a `head` that is no ref.
 */
export function refsToClone(listed: readonly RemoteRef[], head: RemoteRef): RemoteRef[] {
  // It becomes the name of a file.
  if (!head.name.startsWith('refs/') || NO_NAME.test(head.name)) throw notARef(head.name);
  const isWanted = ({ name }: RemoteRef) => name.startsWith(BRANCH) || name.startsWith(TAG);
  const refs = listed.filter((ref) => isWanted(ref) && ref.name !== head.name && !NO_NAME.test(ref.name));
  const undecoded = refs.find(({ name }) => name.includes('\ufffd'));
  if (undecoded !== undefined) throw notARef(undecoded.name);
  return [head, ...refs];
}

/** The refs of a clone that has `sha` of `head` checked out, in the order of their names' bytes. */
export function clonedRefs(remote: readonly RemoteRef[], head: RemoteRef, sha: CommitSha): CloneRef[] {
  const refs = remote.map((ref) => ({
    name: ref.name.startsWith(BRANCH) ? TRACKING + ref.name.slice(BRANCH.length) : ref.name,
    sha: ref.sha,
  }));
  if (head.name.startsWith(BRANCH)) refs.push({ name: head.name, sha });
  return refs.sort((left, right) => Buffer.compare(Buffer.from(left.name), Buffer.from(right.name)));
}

/** `packed-refs` as `git pack-refs` writes it; `peel` says what an annotated tag stands for in the end. */
export function packedRefs(refs: readonly CloneRef[], peel: (sha: CommitSha) => ObjectId | undefined): string {
  const lines = refs.flatMap(({ name, sha }) => {
    const peeled = peel(sha);
    return [`${sha} ${name}`, ...(peeled === undefined ? [] : [`^${toHex(peeled)}`])];
  });
  return `${['# pack-refs with: peeled fully-peeled sorted ', ...lines].join('\n')}\n`;
}

function notARef(name: string): PackError {
  return protocolBroken(`${JSON.stringify(name.slice(0, 200))} is no name of a ref in UTF-8`);
}
