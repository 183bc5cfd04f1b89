import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { runGit } from '@gitsource/local-git';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  listByGit,
  listEntries,
  type MadePack,
  packCommit,
  pieces,
  type RepositoryFile,
  Scratch,
} from '../../test/git-fixture.ts';
import { PACK_LIMITS } from '../limits.ts';
import { readTree } from '../pack-tree.ts';
import { ObjectContents } from './object-contents.ts';
import { toHex } from './object-id.ts';
import { ObjectSet } from './object-set.ts';
import { PackBytes } from './pack-bytes.ts';
import { PackReader } from './pack-reader.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** Objects as `git verify-pack -v` prints them: ID, type, unpacked size, packed size with header, offset, depth, base. */
async function listByVerifyPack({ indexFile }: MadePack, format: string): Promise<string[]> {
  const listing = await runGit(scratch.folder, ['verify-pack', '-v', `--object-format=${format}`, indexFile]);
  return listing
    .split('\n')
    .filter((line) => /^[0-9a-f]{40,64} /.test(line))
    .map((line) => line.trim().replace(/ +/g, ' '));
}

async function listByReader(bytes: Uint8Array, format: 'sha1' | 'sha256', pieceBytes: number): Promise<string[]> {
  const store = new PackBytes({ maxMemoryBytes: PACK_LIMITS.maxMemoryBytes, spoolFolder: tmpdir() });
  const contents = new ObjectContents(store, PACK_LIMITS);
  const objects = new ObjectSet(format, contents, PACK_LIMITS);
  const parts = { format, limits: PACK_LIMITS, bytes: store, objects };
  const reader = new PackReader(pieces(bytes, pieceBytes), parts);
  while (await reader.advance());
  return reader.objects.map(({ offset, start, packedBytes, unpackedBytes, resolved }) => {
    if (resolved === undefined) throw new Error('every object is resolved');
    const { id, kind, depth, base } = resolved;
    const plain = `${toHex(id)} ${kind} ${unpackedBytes} ${start + packedBytes - offset} ${offset}`;
    return base?.resolved === undefined ? plain : `${plain} ${depth} ${toHex(base.resolved.id)}`;
  });
}

const NAMES = ['a', 'B', 'a.txt', 'ünï', 'with space', '☃', 'a-b', 'a0', '.gitignore', 'git', '日本'];
const LINES = Array.from({ length: 4_000 }, (_, n) => `line ${n}: ${(n * 7_919) % 104_729}\n`);

/** Versions of a text, so that there are deltas, and contents of every other kind. */
const anyContent = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.nat(3_999), fc.nat(400), fc.string())
      .map(
        ([at, length, extra]) => `${LINES.slice(0, at).join('')}${extra}${LINES.slice(at + length, at + 900).join('')}`,
      ),
  },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom('', 'x', LINES.join('')) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 250_000, max: 700_000 }).map((size) => Buffer.alloc(size, 'long and longer ')),
  },
);
const anyFile: fc.Arbitrary<RepositoryFile> = fc.record({
  path: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }).map((names) => names.join('/')),
  mode: fc.constantFrom('100644', '100644', '100755', '120000'),
  content: anyContent,
});
const anyPack = fc.record({
  deltas: fc.constantFrom('offset', 'reference'),
  depth: fc.constantFrom(0, 1, 5, 50, 250),
  window: fc.constantFrom(2, 10, 100),
  level: fc.integer({ min: 0, max: 9 }),
});

describe('PackReader', () => {
  it('agrees with git on every object and every path of what git packs', async () => {
    const anyRepository = fc.array(anyFile, { minLength: 1, maxLength: 25 });
    const anyFormat = fc.constantFrom('sha1', 'sha256');
    await fc.assert(
      fc.asyncProperty(
        anyRepository,
        anyFormat,
        anyPack,
        fc.integer({ min: 1_000, max: 100_000 }),
        async (files, format, options, pieceBytes) => {
          const repository = await scratch.repository(files, format);
          const pack = await packCommit(repository, options);

          expect(await listByReader(pack.bytes, format, pieceBytes)).toEqual(await listByVerifyPack(pack, format));
          const tree = await readTree(pieces(pack.bytes, pieceBytes), format, repository.sha);
          expect(await listEntries(tree.entries())).toEqual(await listByGit(repository));
          await tree.close();
        },
      ),
      { numRuns: 12 },
    );
  }, 120_000);

  it.each([1, 7, 4_096])('reads pieces of %d bytes', async (pieceBytes) => {
    const files = [
      { path: 'a', content: LINES.join('') },
      { path: 'b', content: LINES.slice(1).join('') },
    ];
    const pack = await packCommit(await scratch.repository(files));

    expect(await listByReader(pack.bytes, 'sha1', pieceBytes)).toEqual(await listByVerifyPack(pack, 'sha1'));
  });

  it.each(['offset', 'reference'] as const)('follows chains of deltas that git makes, by %s', async (deltas) => {
    // Each differs least from the ones beside it.
    const files = Array.from({ length: 400 }, (_, n) => ({
      path: `v${String(n).padStart(3, '0')}`,
      content: LINES.slice(n, n + 300).join(''),
    }));
    const repository = await scratch.repository(files);
    const pack = await packCommit(repository, { deltas, depth: 4_000, window: 30 });
    const listed = await listByVerifyPack(pack, 'sha1');

    expect(Math.max(...listed.map((line) => Number(line.split(' ')[5] ?? 0)))).toBeGreaterThan(10);
    expect(await listByReader(pack.bytes, 'sha1', 50_000)).toEqual(listed);
    // A cache of nothing: each content is made again from the chain's end.
    const limits = { maxCacheBytes: 0 };
    const tree = await readTree(pieces(pack.bytes), 'sha1', repository.sha, { limits });
    expect(await listEntries(tree.entries())).toEqual(await listByGit(repository));
    await tree.close();
  });

  it('keeps in a file what does not fit into memory, and leaves none behind', async () => {
    const spoolFolder = scratch.newFolder();
    const noise = Array.from({ length: 14 }, (_, n) => ({ path: `n${99 - n}`, content: randomBytes(1_100_000) }));
    const repository = await scratch.repository(noise);
    const { bytes } = await packCommit(repository, { window: 0 });
    const limits = { maxMemoryBytes: 8 * 1024 * 1024, maxCacheBytes: 1024 * 1024 };
    const tree = await readTree(pieces(bytes), 'sha1', repository.sha, { limits, spoolFolder });

    expect(await listEntries(tree.entries())).toEqual(await listByGit(repository));
    expect(tree.measured().spooledBytes).toBeGreaterThan(4_000_000);
    expect(tree.measured().packBytes).toBe(bytes.length);
    await tree.close();
    expect(readdirSync(spoolFolder)).toEqual([]);
  });
});
