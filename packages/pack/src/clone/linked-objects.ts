import { corrupt, PackError, tooLarge } from '../errors.ts';
import type { ObjectContents } from '../objects/object-contents.ts';
import { type ObjectId, type ObjectKind, parseObjectId, toHex } from '../objects/object-id.ts';
import type { ObjectSet } from '../objects/object-set.ts';
import type { PackSeries } from '../objects/pack-series.ts';
import type { FoundObject, PackedObject } from '../objects/packed-object.ts';
import { parseParents } from '../tree/parse-commit.ts';
import { type Link, linksBeyond, linksOfTree } from './tree-links.ts';

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
  readonly #contents: Pick<ObjectContents, 'contentOf'>;
  readonly #idBytes: number;
  readonly #maxObjects: number;
  readonly #missing = new Map<ObjectId, ObjectKind>();
  readonly #link: Link = (id, kind) => this.expect(id, kind);

  constructor({ objects, contents, idBytes, limits }: Pick<PackSeries, 'objects' | 'contents' | 'idBytes' | 'limits'>) {
    this.#maxObjects = limits.maxObjects;
    this.#objects = objects;
    this.#contents = contents;
    this.#idBytes = idBytes;
  }

  /** An object that must be there in the end. Throws `pack/tree-invalid` where it is of another kind, `pack/too-large`. */
  expect(id: ObjectId, kind: ObjectKind): void {
    const known = this.#objects.find(id)?.resolved.kind ?? this.#missing.get(id);
    if (known === undefined) this.#addMissing(id, kind);
    else if (known !== kind) throw contradiction(id, known, kind);
  }

  /** An object that has come. Throws `pack/tree-invalid`, `pack/corrupt`. */
  see({ resolved: { id, kind, base } }: FoundObject, content: Buffer | undefined): void {
    const expected = this.#missing.get(id);
    if (expected !== undefined) {
      if (expected !== kind) throw contradiction(id, kind, expected);
      this.#missing.delete(id);
    }
    if (content === undefined || kind === 'blob') return;
    if (kind === 'tree') this.#seeTree(base, content);
    else if (kind === 'commit') linksOfCommit(id, content, this.#link);
    else {
      const target = linkOfTag(id, content);
      this.expect(target.id, target.kind);
    }
  }

  /** More than may come cannot all come, and each takes memory. */
  #addMissing(id: ObjectId, kind: ObjectKind): void {
    this.#missing.set(id, kind);
    if (this.#missing.size > this.#maxObjects) throw tooLarge(`The pack names more than ${this.#maxObjects} objects`);
  }

  /** Of a tree's base the links were seen before. */
  #seeTree(base: PackedObject | undefined, content: Buffer): void {
    if (base === undefined) linksOfTree(content, this.#idBytes, this.#link);
    else linksBeyond(this.#contents.contentOf(base), content, this.#idBytes, this.#link);
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
