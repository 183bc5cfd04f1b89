import { createHash } from 'node:crypto';
import type { TreeEntryKind } from '@gitsource/events';
import { ID_BYTES } from '../objects/object-id.ts';
import type { ObjectFormat } from '../protocol/open-session.ts';

/** A path of the work tree, and what is committed there. */
export interface IndexedPath {
  readonly path: string;
  readonly kind: TreeEntryKind | 'submodule';
  /** The object's ID, in hex. */
  readonly object: string;
}

const SIGNATURE = 'DIRC';
const VERSION = 2;
const HEADER_BYTES = 12;
const MODES: Readonly<Record<IndexedPath['kind'], number>> = {
  file: 0o100644,
  executable: 0o100755,
  symlink: 0o120000,
  submodule: 0o160000,
};
/** Times, device, inode, owner and length of a file that nobody has looked at yet, around its mode. */
const STAT_BYTES = 40;
const MODE_OFFSET = 24;
const FLAGS_BYTES = 2;
/** A longer path says this length, and is read to its NUL. */
const MAX_NAME_LENGTH = 0xfff;
/** An entry is followed by one to eight NULs, up to a multiple of this. */
const ALIGNMENT = 8;

/**
 * `.git/index`, version 2, of a tree as `git read-tree` makes it: https://git-scm.com/docs/index-format. It knows nothing of
 * the files, so git compares their contents when it first looks.
 */
export function makeWorkTreeIndex(format: ObjectFormat, paths: readonly IndexedPath[]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(SIGNATURE, 'latin1');
  header.writeUInt32BE(VERSION, 4);
  header.writeUInt32BE(paths.length, 8);
  const entries = paths
    .map(({ path, kind, object }) => ({ name: Buffer.from(path, 'utf8'), mode: MODES[kind], object }))
    .sort((left, right) => Buffer.compare(left.name, right.name))
    .map(({ name, mode, object }) => indexEntry(name, mode, object, ID_BYTES[format]));
  const bytes = Buffer.concat([header, ...entries]);
  return Buffer.concat([bytes, createHash(format).update(bytes).digest()]);
}

function indexEntry(name: Buffer, mode: number, object: string, idBytes: number): Buffer {
  const head = STAT_BYTES + idBytes + FLAGS_BYTES;
  const used = head + name.length + 1;
  const entry = Buffer.alloc(Math.ceil(used / ALIGNMENT) * ALIGNMENT);
  entry.writeUInt32BE(mode, MODE_OFFSET);
  entry.write(object, STAT_BYTES, 'hex');
  entry.writeUInt16BE(Math.min(name.length, MAX_NAME_LENGTH), STAT_BYTES + idBytes);
  name.copy(entry, head);
  return entry;
}
