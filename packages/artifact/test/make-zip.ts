import { crc32, deflateRawSync } from 'node:zlib';

/** Fields of a header that a test makes lie. */
export interface HeaderFields {
  readonly name?: string | Buffer;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly compressedSize?: number;
  readonly size?: number;
  readonly extra?: Buffer;
}

export interface MadeEntry extends HeaderFields {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  readonly deflate?: boolean;
  /** Unix mode; without one the entry is made as by MS-DOS. */
  readonly mode?: number;
  /** Form of the data descriptor; with one the local header says nothing of sizes. */
  readonly descriptor?: 'signed' | 'plain' | 'signed64' | 'plain64';
  readonly packed?: Buffer;
  readonly local?: HeaderFields;
  readonly central?: HeaderFields & { readonly disk?: number; readonly offset?: number; readonly comment?: Buffer };
}

export interface MadeArchive {
  readonly comment?: string;
  readonly order?: 'kept' | 'reversed';
  readonly entries?: number;
  readonly directoryOffset?: number;
  readonly prefix?: Buffer;
  readonly suffix?: Buffer;
}

const UTF8 = 1 << 11;
const DESCRIPTOR = 1 << 3;

function le(...fields: [bytes: 1 | 2 | 4 | 8, value: number][]): Buffer {
  return Buffer.concat(
    fields.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes);
      if (bytes === 8) field.writeBigUInt64LE(BigInt(value));
      else field.writeUIntLE(value, 0, bytes);
      return field;
    }),
  );
}

/** An archive with every field in reach, made without the shipped code. */
export function makeZip(entries: readonly MadeEntry[], archive: MadeArchive = {}): Buffer {
  const parts: Buffer[] = [archive.prefix ?? Buffer.alloc(0)];
  const directory: Buffer[] = [];
  let offset = parts[0]?.length ?? 0;
  for (const entry of entries) {
    const { local, central, bytes } = makeEntry(entry, offset);
    parts.push(local, bytes);
    directory.push(central);
    offset += local.length + bytes.length;
  }
  if (archive.order === 'reversed') directory.reverse();
  const listed = Buffer.concat(directory);
  const count = archive.entries ?? entries.length;
  const comment = Buffer.from(archive.comment ?? '');
  const end = le([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, listed.length]);
  const place = le([4, archive.directoryOffset ?? offset], [2, comment.length]);
  return Buffer.concat([...parts, listed, end, place, comment, archive.suffix ?? Buffer.alloc(0)]);
}

function makeEntry(entry: MadeEntry, offset: number): { local: Buffer; central: Buffer; bytes: Buffer } {
  const content = Buffer.from(entry.content ?? '');
  const packed = entry.packed ?? (entry.deflate === true ? deflateRawSync(content) : content);
  const truth = {
    name: entry.name,
    flags: UTF8 | (entry.descriptor === undefined ? 0 : DESCRIPTOR),
    method: entry.deflate === true ? 8 : 0,
    crc: crc32(content),
    compressedSize: packed.length,
    size: content.length,
    extra: Buffer.alloc(0),
    ...pick(entry),
  };
  const late = entry.descriptor === undefined ? {} : { crc: 0, compressedSize: 0, size: 0 };
  return {
    local: localOf({ ...truth, ...late, ...entry.local }),
    central: centralOf({ ...truth, offset, disk: 0, comment: Buffer.alloc(0), ...entry.central }, entry.mode),
    bytes: Buffer.concat([packed, descriptorOf(entry.descriptor, truth)]),
  };
}

function pick({ flags, method, crc, compressedSize, size, extra }: MadeEntry): HeaderFields {
  const given = Object.entries({ flags, method, crc, compressedSize, size, extra }).filter(([, v]) => v !== undefined);
  return Object.fromEntries(given);
}

type Whole = Required<HeaderFields>;

function localOf(field: Whole): Buffer {
  const name = Buffer.from(field.name);
  return Buffer.concat([le([4, 0x04034b50], [2, 20], ...shared(field, name)), name, field.extra]);
}

function centralOf(field: Whole & { offset: number; disk: number; comment: Buffer }, mode: number | undefined): Buffer {
  const name = Buffer.from(field.name);
  return Buffer.concat([
    le([4, 0x02014b50], [1, 63], [1, mode === undefined ? 0 : 3], [2, 20], ...shared(field, name)),
    le([2, field.comment.length], [2, field.disk], [2, 0], [4, (mode ?? 0) * 0x10000], [4, field.offset]),
    name,
    field.extra,
    field.comment,
  ]);
}

function shared(field: Whole, name: Buffer): [2 | 4, number][] {
  return [
    [2, field.flags],
    [2, field.method],
    [4, 0],
    [4, field.crc],
    [4, field.compressedSize],
    [4, field.size],
    [2, name.length],
    [2, field.extra.length],
  ];
}

function descriptorOf(form: MadeEntry['descriptor'], truth: Whole): Buffer {
  if (form === undefined) return Buffer.alloc(0);
  const width = form.endsWith('64') ? 8 : 4;
  const signature = form.startsWith('signed') ? le([4, 0x08074b50]) : Buffer.alloc(0);
  return Buffer.concat([signature, le([4, truth.crc], [width, truth.compressedSize], [width, truth.size])]);
}

/** An extra field of 4.5. */
export function extraField(id: number, content: Buffer): Buffer {
  return Buffer.concat([le([2, id], [2, content.length]), content]);
}
