import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

export type Kind = 'commit' | 'tree' | 'blob' | 'tag';

/** An object as a pack has it; `zlib` stands for the content where it is given. */
export type PackItem = { readonly content: Uint8Array; readonly zlib?: Uint8Array; readonly size?: number } & (
  | { readonly kind: Kind }
  | { readonly kind: 'offset-delta'; readonly distance: number }
  | { readonly kind: 'offset-delta'; readonly baseItem: number }
  | { readonly kind: 'reference-delta'; readonly base: Buffer }
);

const TYPES = { commit: 1, tree: 2, blob: 3, tag: 4, 'offset-delta': 6, 'reference-delta': 7 };

/** A pack of exactly these items, good or bad, with a checksum that is right. */
export function makePack(items: readonly PackItem[], format = 'sha1', count = items.length): Buffer {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  header.writeUInt32BE(count, 8);
  const parts = [header];
  const offsets: number[] = [];
  let offset = header.length;
  for (const item of items) {
    offsets.push(offset);
    const head = [...sizeBytes(TYPES[item.kind], item.size ?? item.content.length)];
    if ('distance' in item) head.push(...distanceBytes(item.distance));
    if ('baseItem' in item) head.push(...distanceBytes(offset - (offsets[item.baseItem] ?? 0)));
    if ('base' in item) head.push(...item.base);
    const bytes = Buffer.concat([Buffer.from(head), item.zlib ?? deflateSync(item.content)]);
    parts.push(bytes);
    offset += bytes.length;
  }
  return withChecksum(Buffer.concat(parts), format);
}

export function withChecksum(bytes: Buffer, format = 'sha1'): Buffer {
  return Buffer.concat([bytes, createHash(format).update(bytes).digest()]);
}

export function idOf(kind: Kind, content: Uint8Array, format = 'sha1'): Buffer {
  return createHash(format).update(`${kind} ${content.length}\0`).update(content).digest();
}

/** Instructions: a text is inserted, a range of the base is copied. */
export function makeDelta(
  baseSize: number,
  steps: readonly (string | readonly [offset: number, size: number])[],
  resultSize = steps.reduce((sum, step) => sum + (typeof step === 'string' ? step.length : step[1]), 0),
): Buffer {
  const bytes = [...varint(baseSize), ...varint(resultSize)];
  for (const step of steps) {
    if (typeof step === 'string') bytes.push(step.length, ...Buffer.from(step, 'latin1'));
    else {
      const [offset, size] = step;
      bytes.push(0xff, ...little(offset, 4), ...little(size, 3));
    }
  }
  return Buffer.from(bytes);
}

function little(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** index) % 256);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 0x80, ...varint(Math.floor(value / 128))];
}

function sizeBytes(type: number, size: number): number[] {
  const low = (type << 4) | (size % 16);
  return size < 16 ? [low] : [low | 0x80, ...varint(Math.floor(size / 16))];
}

function distanceBytes(distance: number): number[] {
  const bytes = [distance % 128];
  for (let rest = Math.floor(distance / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1;
    bytes.unshift((rest % 128) | 0x80);
  }
  return bytes;
}

/** The objects of a commit with these files in its root, for packs that are made by hand. */
export function makeCommit(files: Readonly<Record<string, Uint8Array>>, format = 'sha1') {
  const names = Object.keys(files).sort();
  const tree = Buffer.concat(
    names.map((name) =>
      Buffer.concat([Buffer.from(`100644 ${name}\0`), idOf('blob', files[name] ?? Buffer.alloc(0), format)]),
    ),
  );
  const person = 'A <a@example.com> 1700000000 +0000';
  const treeId = idOf('tree', tree, format);
  const commit = Buffer.from(`tree ${treeId.toString('hex')}\nauthor ${person}\ncommitter ${person}\n\nx\n`);
  return { commit, tree, sha: idOf('commit', commit, format).toString('hex') };
}
