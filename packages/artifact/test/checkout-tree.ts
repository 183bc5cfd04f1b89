import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import type { PackedEntry, TreeEntryKind } from '@gitsource/events';
import { readPacked } from '../src/read-packed.ts';
import { git } from './git-tree.ts';

const KINDS: Record<string, TreeEntryKind> = { '100644': 'file', '100755': 'executable', '120000': 'symlink' };

/** The entries of `main` as a pack gives them, half of them deflated; contents by path. */
export async function* packedTree(
  folder: string,
  contents: ReadonlyMap<string, Uint8Array>,
): AsyncGenerator<PackedEntry> {
  const listing = (await git(folder, 'ls-tree', '-r', '-z', 'main')).toString();
  for (const [index, line] of listing.split('\0').filter(Boolean).entries()) {
    const [, mode = '', blob = '', path = ''] = /^(\d+) blob (\w+)\t(.*)$/s.exec(line) ?? [];
    const content = Buffer.from(contents.get(path) ?? '');
    const packed = deflateRawSync(content);
    yield {
      path,
      kind: KINDS[mode] ?? 'file',
      size: content.length,
      crc32: crc32(content),
      blob,
      body:
        index % 2 === 0
          ? { packing: 'deflate', bytes: packed.length, pieces: () => [packed.subarray(0, 5), packed.subarray(5)] }
          : { packing: 'none', content: () => content },
    };
  }
}

/** What a clone has in its work tree, but for links. */
export async function cloneOf(folder: string, target: string): Promise<Map<string, Buffer>> {
  await git(folder, 'clone', '--quiet', '--branch=main', '.', target);
  const names = readdirSync(target, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    files
      .map((file) => [file.slice(target.length + 1), file] as const)
      .filter(([path]) => !path.startsWith('.git/'))
      .map(([path, file]) => [path, readFileSync(file)]),
  );
}

/** Every file's content, held against its size and checksum. */
export async function contentsOf(entries: AsyncIterable<PackedEntry>): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  for await (const entry of entries) {
    const content = readPacked(entry);
    if (content.length !== entry.size || crc32(content) !== entry.crc32) throw new Error(`${entry.path} is wrong`);
    if (entry.kind !== 'symlink') contents.set(entry.path, content);
  }
  return contents;
}
