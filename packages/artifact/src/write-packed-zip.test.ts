import { createHash, randomBytes } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import type { PackedEntry, TreeEntry, TreeEntryKind } from '@gitsource/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { whole } from '../test/bytes.ts';
import { readBack } from '../test/read-back.ts';
import { type WritePackedZipOptions, writePackedZip } from './write-packed-zip.ts';
import { writeZip } from './write-zip.ts';

interface MadeFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly kind?: TreeEntryKind;
  readonly packing?: PackedEntry['body']['packing'];
}

function packed({ path, content, kind = 'file', packing = 'deflate' }: MadeFile): PackedEntry {
  const raw = deflateRawSync(content);
  const pieces = [raw.subarray(0, 3), raw.subarray(3)];
  return {
    path,
    kind,
    size: content.length,
    crc32: crc32(content),
    blob: createHash('sha1').update(content).digest('hex'),
    body:
      packing === 'deflate'
        ? { packing, bytes: raw.length, pieces: () => pieces }
        : { packing, content: () => content },
  };
}

function plain({ path, content, kind = 'file' }: MadeFile): TreeEntry {
  return {
    path,
    kind,
    size: content.length,
    async *content() {
      yield content;
    },
  };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

function zipOf(files: readonly MadeFile[], options?: WritePackedZipOptions): Promise<Buffer> {
  return whole(writePackedZip(each(files.map(packed)), options));
}

/** Names, dates and modes of the directory, in its order. */
function listing(zip: Buffer): string[] {
  const lines: string[] = [];
  for (let at = zip.readUInt32LE(zip.length - 6); zip.readUInt32LE(at) === 0x02014b50; ) {
    const [name, extra, comment] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field));
    const text = zip.toString('utf8', at + 46, at + 46 + (name ?? 0));
    const [madeBy, time, attributes] = [zip.readUInt16LE(at + 4), zip.readUInt32LE(at + 12), zip.readUInt32LE(at + 38)];
    lines.push(`${text} ${madeBy} ${time} ${attributes} ${zip.readUInt32LE(at + 24)} ${zip.readUInt32LE(at + 16)}`);
    at += 46 + (name ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return lines;
}

const MODES = { file: 0o100644, executable: 0o100755, symlink: 0o120777 };
const TEXT = Buffer.from('a line of text\n'.repeat(500));
const NOISE = randomBytes(20_000);
const FILES: readonly MadeFile[] = [
  { path: '.github/ci.yml', content: TEXT },
  { path: 'delta.txt', content: TEXT, packing: 'none' },
  { path: 'empty', content: Buffer.alloc(0), packing: 'none' },
  { path: 'grüezi/日本語.txt', content: Buffer.from('short'), packing: 'none' },
  { path: 'noise', content: NOISE, packing: 'none' },
  { path: 'photo', content: NOISE.subarray(1), packing: 'incompressible' },
  { path: 'run.sh', content: Buffer.from('#!/bin/sh\n'), kind: 'executable' },
  { path: 'sub/link', content: Buffer.from('../run.sh'), kind: 'symlink', packing: 'none' },
  { path: 'sub/packed link', content: Buffer.from('./././././././././link'), kind: 'symlink' },
];

async function expectHolds(zip: Buffer, files: readonly MadeFile[]): Promise<void> {
  const found = await readBack(zip);
  expect([...found.keys()]).toEqual(files.map(({ path }) => path));
  for (const { path, content, kind = 'file' } of files) {
    expect(found.get(path)?.content.equals(content)).toBe(true);
    expect(found.get(path)?.mode).toBe(MODES[kind]);
  }
}

describe('writePackedZip', () => {
  it('holds what came, as another reader reads it', () => zipOf(FILES).then((zip) => expectHolds(zip, FILES)));

  it('copies what is deflated, deflates the rest, and stores links and what does not become smaller', async () => {
    const zip = await zipOf(FILES);

    expect(zip.includes(deflateRawSync(TEXT))).toBe(true);
    expect(zip.includes(NOISE)).toBe(true);
    expect(zip.includes('./././././././././link')).toBe(true);
    expect(zip.length).toBeLessThan(2 * NOISE.length + 2_500);
  });

  it('lists entries as writeZip lists the same tree, and gives the same bytes each time', async () => {
    const modified = new Date('2026-01-31T09:15:00Z');
    const zip = await zipOf(FILES, { modified });

    expect(listing(zip)).toEqual(listing(await whole(writeZip(each(FILES.map(plain)), { modified }))));
    expect((await zipOf(FILES, { modified })).equals(zip)).toBe(true);
  });

  it.each([0, 1])('deflates once what stands at several paths (%d threads)', async (threads) => {
    const files: MadeFile[] = Array.from({ length: 300 }, (_, n) => ({
      path: `packages/p${n}/${n % 2 === 0 ? 'LICENSE' : 'index.ts'}`,
      content: n % 2 === 0 ? TEXT : Buffer.from(`export const n = ${n};\n`.repeat(600)),
      packing: 'none',
    }));
    const read = new Map<string, number>();
    const entries = files.map(packed).map((entry): PackedEntry => {
      const content = () => {
        read.set(entry.blob, (read.get(entry.blob) ?? 0) + 1);
        return files.find(({ path }) => path === entry.path)?.content ?? Buffer.alloc(0);
      };
      return { ...entry, body: { packing: 'none', content } };
    });

    const zip = await whole(writePackedZip(each(entries), { threads }));

    await expectHolds(zip, files);
    expect([...read.values()].every((times) => times === 1)).toBe(true);
  });

  it('keeps order and contents of any mix, in threads and without', async () => {
    const anyFile = fc.record({
      packing: fc.constantFrom('deflate' as const, 'none' as const, 'incompressible' as const),
      content: fc.oneof(
        fc.uint8Array({ maxLength: 50 }),
        fc.nat(200_000).map((size) => Buffer.alloc(size, 'text ')),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyFile, { maxLength: 60 }), fc.constantFrom(1, 3), async (made, threads) => {
        const files = made.map((file, n) => ({ ...file, path: `${n}` }));
        await expectHolds(await zipOf(files, { threads }), files);
      }),
      { numRuns: 25 },
    );
  });

  it('keeps thousands of contents that wait for one long one in order', async () => {
    const long = {
      path: 'a',
      content: Buffer.alloc(6_000_000, randomBytes(1_000).toString('hex')),
      packing: 'none' as const,
    };
    const rest = Array.from({ length: 12_000 }, (_, n) => ({ path: `b${n}`, content: Buffer.from(`content ${n}`) }));

    await expectHolds(await zipOf([long, ...rest], { threads: 1 }), [long, ...rest]);
  });

  it('writes zip64 where a value needs it', async () => {
    const zip = await zipOf(FILES, { zip64Limits: { bytes: 1_000, entries: 3 } });

    await expectHolds(zip, FILES);
    expect(zip.readUInt16LE(zip.length - 12)).toBe(0xffff);
  });

  it('is a valid zip when there is no entry', async () => {
    expect((await readBack(await zipOf([]))).size).toBe(0);
  });

  it.each<[string, MadeFile[], string]>([
    ['a path that leaves the tree', [{ path: '../a', content: TEXT }], 'artifact/unsafe-path'],
    [
      'a path twice',
      [
        { path: 'a', content: TEXT },
        { path: 'a', content: TEXT },
      ],
      'artifact/unsafe-path',
    ],
    ['the .git folder', [{ path: '.git/config', content: TEXT }], 'artifact/unsafe-path'],
    [
      'a link that leaves the tree',
      [{ path: 'a', content: Buffer.from('/etc'), kind: 'symlink' }],
      'artifact/symlink-escapes',
    ],
    [
      'a link that no system follows',
      [{ path: 'a', content: Buffer.alloc(70_000, 'a/'), kind: 'symlink' }],
      'artifact/unsafe-path',
    ],
  ])('refuses %s', async (_what, files, code) => {
    await expect(zipOf(files)).rejects.toMatchObject({ code });
  });

  it('throws what the entries throw, and leaves no thread behind', async () => {
    async function* broken(): AsyncGenerator<PackedEntry> {
      const content = randomBytes(2_000_000);
      yield packed({ path: 'a', content, packing: 'none' });
      throw new Error('the server broke off');
    }

    await expect(whole(writePackedZip(broken()))).rejects.toThrow('the server broke off');
    expect(process.getActiveResourcesInfo()).not.toContain('MessagePort');
  });

  it('ends its threads when nobody reads on', async () => {
    const files = Array.from({ length: 40 }, (_, n) => ({
      path: `${n}`,
      content: randomBytes(300_000),
      packing: 'none' as const,
    }));
    for await (const chunk of writePackedZip(each(files.map(packed)), { threads: 2 })) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(process.getActiveResourcesInfo()).not.toContain('MessagePort');
  });

  it('gives everything else its turn, however busy the entries are', async () => {
    let turns = 0;
    const clock = setInterval(() => {
      turns += 1;
    }, 1);
    async function* busy(): AsyncGenerator<PackedEntry> {
      for (let n = 0; n < 40; n++) {
        for (const start = performance.now(); performance.now() - start < 10; );
        yield packed({ path: `${n}`, content: TEXT });
      }
    }

    await whole(writePackedZip(busy()));
    clearInterval(clock);

    expect(turns).toBeGreaterThan(1);
  });
});
