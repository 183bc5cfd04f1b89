import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pieces, whole } from '../../test/bytes.ts';
import { type MadeEntry, makeZip } from '../../test/make-zip.ts';
import { readBack } from '../../test/read-back.ts';
import { reRootArchive } from '../re-root-archive.ts';

const LINK = 0o120777;

/** Of 100 kB each, so that there is work for threads from the hundredth on. */
const files = (count: number): MadeEntry[] =>
  Array.from({ length: count }, (_, n) => ({
    name: `top/${n}`,
    content: Buffer.alloc(100_000, `content ${n}\n`),
    deflate: true,
  }));

const reRooted = (archive: Uint8Array, threads: number) =>
  whole(reRootArchive(pieces(archive), { topFolder: 'strip', threads }));

const threadsLeft = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort');

describe.each([0, 1, 3])('reRootArchive with %i threads', (threads) => {
  it('gives what it gives without', async () => {
    const archive = makeZip([...files(400), { name: 'top/link', content: '7', mode: LINK }]);

    const zip = await reRooted(archive, threads);

    expect(zip.equals(await reRooted(archive, 0))).toBe(true);
    expect((await readBack(zip)).size).toBe(401);
    expect(threadsLeft()).toEqual([]);
  });

  it.each<[string, Partial<MadeEntry>, string]>([
    ['checksum', { crc: 1 }, 'as checksum, and 1 by its header'],
    ['size, too small', { size: 99_999 }, 'more than the 99999 bytes'],
    ['size, too large', { size: 100_001 }, 'has 100000 bytes, and 100001'],
    ['packed size, too small', { compressedSize: 50 }, 'Z_BUF_ERROR'],
    ['content', { packed: Buffer.alloc(200, 0xff) }, 'Z_DATA_ERROR'],
    [
      'content with more behind it',
      { packed: Buffer.concat([deflateRawSync('abcdef'), Buffer.alloc(2)]), size: 6 },
      'ends before',
    ],
  ])('names the first entry of a wrong %s, of two', async (_what, broken, reason) => {
    for (const first of [3, 150, 299]) {
      const entries = files(300).map((file, n) => (n === first ? { ...file, ...broken } : file));
      entries.push({ name: 'top/last', content: 'x'.repeat(100), deflate: true, crc: 2 });
      await expect(reRooted(makeZip(entries), threads)).rejects.toMatchObject({
        code: 'artifact/archive-corrupt',
        message: expect.stringMatching(new RegExp(`"top/${first}" .*${reason}`)),
      });
    }
    expect(threadsLeft()).toEqual([]);
  });

  it('names a wrong content before what is wrong behind it', async () => {
    const entries = files(200).map((file, n) => (n === 199 ? { ...file, crc: 1 } : file));
    const archives = [
      makeZip([...entries, { name: 'top/../secret' }]),
      makeZip([...entries, { name: 'top/link', content: '/etc', mode: LINK }]),
      makeZip(entries, { entries: 3 }),
      makeZip(entries).subarray(0, -1),
    ];

    for (const archive of archives) {
      await expect(reRooted(archive, threads)).rejects.toMatchObject({
        code: 'artifact/archive-corrupt',
        message: expect.stringContaining('"top/199" has'),
      });
    }
  });

  it('sees where deflated links lead, early and late', async () => {
    const link = { name: 'top/to', content: 'a/'.repeat(40), deflate: true, mode: LINK };
    const out = { ...link, content: '../../secret' };

    for (const entries of [
      [link, ...files(300)],
      [...files(300), link],
    ]) {
      expect((await readBack(await reRooted(makeZip(entries), threads))).get('to')?.mode).toBe(LINK);
    }
    for (const entries of [
      [out, ...files(300)],
      [...files(300), out],
    ]) {
      await expect(reRooted(makeZip(entries), threads)).rejects.toMatchObject({ code: 'artifact/symlink-escapes' });
    }
  });

  it('refuses what would unpack to too much before it is unpacked', async () => {
    const bomb = { name: 'top/bomb', content: Buffer.alloc(1_000_000), deflate: true };
    const bombs = Array.from({ length: 100 }, (_, n) => ({ ...bomb, name: `top/${n}` }));
    let taken = 0;
    async function* counted() {
      for await (const piece of pieces(makeZip(bombs), 1_000)) {
        taken += piece.length;
        yield piece;
      }
    }
    const limits = { ratioFromBytes: 10_000_000 };
    const reading = whole(reRootArchive(counted(), { topFolder: 'strip', threads, limits }));

    await expect(reading).rejects.toMatchObject({ code: 'artifact/archive-too-large' });
    expect(taken).toBeLessThan(13_000);
  });

  it('ends its threads when the reader leaves, or the archive breaks off', async () => {
    const archive = makeZip(files(600).map(({ name }) => ({ name, content: NOISE, deflate: true })));
    async function* broken() {
      yield* pieces(archive.subarray(0, archive.length / 2));
      throw new Error('connection reset');
    }

    let chunks = 0;
    for await (const _chunk of reRootArchive(pieces(archive), { topFolder: 'strip', threads })) {
      if (++chunks === 50) break;
    }
    expect(chunks).toBe(50);
    expect(threadsLeft()).toEqual([]);
    await expect(whole(reRootArchive(broken(), { topFolder: 'strip', threads }))).rejects.toThrow('connection reset');
    expect(threadsLeft()).toEqual([]);
  });
});

/** Packs to three quarters of its length. */
const NOISE = Buffer.from(
  Array.from({ length: 40_000 }, (_, n) => Math.imul(n + 1, 2_654_435_761).toString(36)).join(''),
).subarray(0, 40_000);
