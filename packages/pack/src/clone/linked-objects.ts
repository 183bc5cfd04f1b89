import { corrupt, PackError } from '../errors.ts';
import { ID_BYTES, type ObjectId, type ObjectKind, objectIdAt, parseObjectId, toHex } from '../objects/object-id.ts';
import type { ObjectSet } from '../objects/object-set.ts';
import type { FoundObject } from '../objects/packed-object.ts';
import type { ObjectFormat } from '../protocol/open-session.ts';
import { parseParents } from '../tree/parse-commit.ts';

/** What an object names by ID. */
type Link = (id: ObjectId, kind: ObjectKind) => void;

const SPACE = 0x20;
/** The first digits of modes: `40000`, of very old trees `040000`, and `160000`. */
const FOLDER = 0x34;
const OLD_FOLDER = 0x30;
const SIX = 0x36;
const TAG = /^object ([0-9a-f]{40}|[0-9a-f]{64})\ntype (commit|tree|blob|tag)\n/;
const TREE_OF_COMMIT = /^tree ([0-9a-f]{40}|[0-9a-f]{64})\n/;
/** Of both; an ID has 64 digits at most. */
const MAX_HEAD_LINES = 100;

/**
 * Whether everything is there that the objects name, seen in one pass over their contents, in any order: what was named
 * and has not come is kept until it comes. A submodule's commit is of another repository.
 */
export class LinkedObjects {
  readonly #objects: Pick<ObjectSet, 'find'>;
  readonly #idBytes: number;
  readonly #missing = new Map<ObjectId, ObjectKind>();
  readonly #link: Link = (id, kind) => this.expect(id, kind);

  constructor(objects: Pick<ObjectSet, 'find'>, format: ObjectFormat) {
    this.#objects = objects;
    this.#idBytes = ID_BYTES[format];
  }

  /** An object that must be there in the end. Throws `pack/tree-invalid` where it is of another kind. */
  expect(id: ObjectId, kind: ObjectKind): void {
    const known = this.#objects.find(id)?.resolved.kind ?? this.#missing.get(id);
    if (known === undefined) this.#missing.set(id, kind);
    else if (known !== kind) throw contradiction(id, known, kind);
  }

  /** An object that has come. Throws `pack/tree-invalid`, `pack/corrupt`. */
  see({ resolved: { id, kind } }: FoundObject, content: Buffer | undefined): void {
    const expected = this.#missing.get(id);
    if (expected !== undefined) {
      if (expected !== kind) throw contradiction(id, kind, expected);
      this.#missing.delete(id);
    }
    if (content === undefined || kind === 'blob') return;
    if (kind === 'tree') linksOfTree(content, this.#idBytes, this.#link);
    else if (kind === 'commit') linksOfCommit(id, content, this.#link);
    else {
      const target = linkOfTag(id, content);
      this.expect(target.id, target.kind);
    }
  }

  /** Throws `pack/object-missing`. */
  expectNoneMissing(): void {
    const [first] = this.#missing;
    if (first === undefined) return;
    const [id, kind] = first;
    const others = this.#missing.size === 1 ? '' : ` and ${this.#missing.size - 1} more objects`;
    throw new PackError(
      'pack/object-missing',
      `The pack lacks the ${kind} ${toHex(id)}${others}. Run git fsck on the server.`,
    );
  }
}

/** `<mode> <name>\0<id>` each; names are not looked at. */
export function linksOfTree(content: Buffer, idBytes: number, link: Link): void {
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(SPACE, at);
    const end = content.indexOf(0, space + 1) + 1;
    if (space < 0 || end === 0 || end + idBytes > content.length) throw corrupt('a tree of its history is cut off');
    const digit = content[at];
    const isSubmodule = digit === SIX - 5 && content[at + 1] === SIX;
    if (!isSubmodule) link(objectIdAt(content, end, end + idBytes), isFolder(digit) ? 'tree' : 'blob');
    at = end + idBytes;
  }
}

function isFolder(digit: number | undefined): boolean {
  return digit === FOLDER || digit === OLD_FOLDER;
}

/** Its tree and its parents: what its further lines name may be anywhere. */
function linksOfCommit(id: ObjectId, content: Buffer, link: Link): void {
  const tree = TREE_OF_COMMIT.exec(content.toString('latin1', 0, MAX_HEAD_LINES))?.[1];
  if (tree === undefined) throw corrupt(`the commit ${toHex(id)} names no tree`);
  link(parseObjectId(tree), 'tree');
  for (const parent of parseParents(content)) link(parent, 'commit');
}

/** What an annotated tag stands for. Throws `pack/corrupt`. */
export function linkOfTag(id: ObjectId, content: Buffer): { readonly id: ObjectId; readonly kind: ObjectKind } {
  const [, target, kind] = TAG.exec(content.toString('latin1', 0, MAX_HEAD_LINES)) ?? [];
  if (target === undefined || !isKind(kind)) throw corrupt(`the tag ${toHex(id)} names no object`);
  return { id: parseObjectId(target), kind };
}

function isKind(text: string | undefined): text is ObjectKind {
  return text === 'commit' || text === 'tree' || text === 'blob' || text === 'tag';
}

function contradiction(id: ObjectId, is: ObjectKind, expected: ObjectKind): PackError {
  const what = `The ${is} ${toHex(id)} stands where a ${expected} must be`;
  return new PackError('pack/tree-invalid', `${what}. Run git fsck on the server.`);
}
