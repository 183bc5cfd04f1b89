import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { PackedEntry } from '@gitsource/events';
import { ArtifactError } from '../errors.ts';
import { readPacked, readPackedStart } from '../read-packed.ts';
import type { AttributeStack } from './attribute-stack.ts';
import { attributesBehind, type Conversion, conversionOf } from './conversion.ts';
import { convertContent } from './convert-content.ts';
import { bytesOf, type GivenAttributes } from './open-folders.ts';
import { hasReturnOrNul } from './to-crlf.ts';

export interface CheckOutOptions {
  /** For entries that are only some of a tree's: the `.gitattributes` of the folders above them, by path. Default: none. */
  readonly attributesAbove?: GivenAttributes;
  /** Told of each file whose content changes: the attributes that ask for it, such as `eol=crlf` and `ident`. */
  readonly onConverted?: (attributes: readonly string[]) => void;
  /** Longer contents are not converted. Default 16 MiB. */
  readonly maxContentBytes?: number;
}

/** Several times as much is in memory while a content is converted. */
const MAX_CONTENT_BYTES = 16 * 1024 * 1024;
/** Packed bytes that mostly tell what is no text. */
const START_BYTES = 16 * 1024;

/** The entry with the content that a checkout writes; the same entry where nothing changes. */
export function checkOutEntry(
  entry: PackedEntry,
  stack: AttributeStack | undefined,
  { onConverted, maxContentBytes = MAX_CONTENT_BYTES }: CheckOutOptions,
): PackedEntry {
  if (stack?.mayMatter !== true || entry.kind === 'symlink' || entry.size === 0) return entry;
  const attributes = stack.attributesOf(bytesOf(entry.path));
  if (attributes === undefined) return entry;
  const conversion = conversionOf(attributes);
  const behind = attributesBehind(conversion);
  if (behind.length === 0 || isSurelyKept(entry, conversion)) return entry;
  if (entry.size > maxContentBytes) throw unsupported(entry.path, `it has more than ${maxContentBytes} bytes`);
  const content = readPacked(entry);
  const converted = convertContent(content, conversion, entry.blob);
  if (converted === undefined) throw unsupported(entry.path, `its encoding is ${conversion.encoding}`);
  if (converted.equals(content)) return entry;
  onConverted?.(behind);
  return withContent(entry, converted);
}

/** By `.gitattributes`, and not here. */
export function unsupported(path: string, why: string): ArtifactError {
  const message = `Only git knows how ${JSON.stringify(path.slice(0, 500))} is checked out: ${why}`;
  return new ArtifactError('artifact/conversion-unsupported', `${message}. Fetch by git.`, { fault: 'failed' });
}

/** What git itself decides about is mostly no text, and often large: then its start is enough. */
function isSurelyKept(entry: PackedEntry, { crlf, ident, encoding }: Conversion): boolean {
  if (crlf !== 'auto' || ident || encoding !== undefined || entry.size <= START_BYTES) return false;
  return hasReturnOrNul(readPackedStart(entry, START_BYTES));
}

function withContent({ path, kind, blob }: PackedEntry, content: Buffer): PackedEntry {
  const hash = createHash(blob.length === 64 ? 'sha256' : 'sha1')
    .update(`blob ${content.length}\0`)
    .update(content);
  return {
    path,
    kind,
    size: content.length,
    crc32: crc32(content),
    blob: hash.digest('hex'),
    body: { packing: 'none', content: () => content },
  };
}
