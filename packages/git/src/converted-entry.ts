import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { TreeEntry } from '@gitsource/events';
import type { CheckedOut } from './check-out.ts';

/** The entry with the content that a checkout wrote, and the attributes behind it; undefined where it is that of the blob. */
export async function convertedEntry(
  checkedOut: CheckedOut | undefined,
  entry: TreeEntry,
  blob: string,
): Promise<{ readonly entry: TreeEntry; readonly attributes: readonly string[] } | undefined> {
  const attributes = checkedOut?.attributes.get(entry.path);
  if (checkedOut === undefined || attributes === undefined) return undefined;
  const file = checkedOut.fileOf(entry.path);
  const { size } = await lstat(file);
  // A CR makes a content longer; another ID or encoding need not.
  const isLonger = attributes.every((name) => name === 'eol=crlf');
  if (size === entry.size && (isLonger || (await isBlob(file, size, blob)))) return undefined;
  return { entry: { ...entry, size, content: () => createReadStream(file) }, attributes };
}

async function isBlob(file: string, size: number, blob: string): Promise<boolean> {
  const hash = createHash(blob.length === 64 ? 'sha256' : 'sha1').update(`blob ${size}\0`);
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex') === blob;
}
