import { corrupt } from '../errors.ts';
import { type ObjectId, type ObjectKind, objectIdAt } from '../objects/object-id.ts';

/** Gets what an object names by ID. */
export type Link = (id: ObjectId, kind: ObjectKind) => void;

const SPACE = 0x20;
/** `40000` of a folder has five digits, every other mode six; very old trees have `040000`. */
const FOLDER = '40000';
const OLD_FOLDER = '040000';
const SUBMODULE = '160000';

/** What a tree names, `<mode> <name>\0<id>` each; a submodule's commit is of another repository. Throws `pack/corrupt`. */
export function linksOfTree(content: Buffer, idBytes: number, link: Link): void {
  for (let at = 0; at < content.length; ) at = linkItem(content, at, idBytes, link);
}

/**
 * The same, less what stands before and behind the difference to another tree, whose links are known: a commit changes few
 * items of a tree, and to look up all of them would take most of the time of a long history.
 */
export function linksBeyond(known: Buffer, content: Buffer, idBytes: number, link: Link): void {
  const { before, behind } = inCommon(known, content);
  let at = 0;
  while (at < before) {
    const end = endOfItem(content, at, idBytes);
    if (end > before) break;
    at = end;
  }
  let knownAt = at;
  // Both are read item by item, until what is left of both is the same: by its bytes, and as items.
  for (;;) {
    const left = content.length - at;
    const knownLeft = known.length - knownAt;
    if (left === knownLeft && left <= behind) return;
    if (left >= knownLeft) at = linkItem(content, at, idBytes, link);
    else knownAt = endOfItem(known, knownAt, idBytes);
  }
}

/** How many bytes are the same from the front, and of the others from the end. */
function inCommon(one: Buffer, other: Buffer): { readonly before: number; readonly behind: number } {
  const shorter = Math.min(one.length, other.length);
  let before = 0;
  while (before < shorter && one[before] === other[before]) before += 1;
  let behind = 0;
  while (behind < shorter - before && one[one.length - 1 - behind] === other[other.length - 1 - behind]) behind += 1;
  return { before, behind };
}

function linkItem(content: Buffer, at: number, idBytes: number, link: Link): number {
  const end = endOfItem(content, at, idBytes);
  const mode = content.toString('latin1', at, at + (content[at + FOLDER.length] === SPACE ? 5 : 6));
  const isFolder = mode === FOLDER || mode === OLD_FOLDER;
  if (mode !== SUBMODULE) link(objectIdAt(content, end - idBytes, end), isFolder ? 'tree' : 'blob');
  return end;
}

/** Names are short: to look for their ends here is faster than to ask for it. */
function endOfItem(content: Buffer, at: number, idBytes: number): number {
  const space = content[at + FOLDER.length] === SPACE ? at + FOLDER.length : at + SUBMODULE.length;
  let end = space + 1;
  while (end < content.length && content[end] !== 0) end += 1;
  end += 1 + idBytes;
  if (content[space] !== SPACE || end > content.length) throw corrupt('a tree of its history is cut off');
  return end;
}
