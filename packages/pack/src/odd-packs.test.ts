import { deflateSync } from 'node:zlib';
import type { CommitSha } from '@gitsource/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentOf, pieces } from '../test/git-fixture.ts';
import { idOf, makeCommit, makeDelta, makePack, type PackItem, withChecksum } from '../test/make-pack.ts';
import { PackError } from './errors.ts';
import type { PackLimits } from './limits.ts';
import { readTree } from './pack-tree.ts';

/** Path, kind and content of every entry. */
async function read(pack: Uint8Array, sha: string, over: { limits?: Partial<PackLimits>; pieceBytes?: number } = {}) {
  const options = over.limits === undefined ? {} : { limits: over.limits };
  const format = sha.length === 64 ? 'sha256' : 'sha1';
  const tree = await readTree(pieces(pack, over.pieceBytes), format, sha as CommitSha, options);
  try {
    const found: Record<string, string> = {};
    for await (const entry of tree.entries()) found[entry.path] = Buffer.from(contentOf(entry)).toString('latin1');
    return found;
  } finally {
    await tree.close();
  }
}

const TEXT = Buffer.from('some text that is long enough to be the base of a delta\n'.repeat(3));
const CHANGED = Buffer.concat([TEXT, Buffer.from('more\n')]);
const FILES = { changed: CHANGED, empty: Buffer.alloc(0), text: TEXT };
const { commit, tree, sha } = makeCommit(FILES);
const DELTA = makeDelta(TEXT.length, [[0, TEXT.length], 'more\n']);
const EXPECTED = { changed: CHANGED.toString(), empty: '', text: TEXT.toString() };

const whole = (kind: 'commit' | 'tree' | 'blob', content: Uint8Array): PackItem => ({ kind, content });
const byReference = (base: Buffer, content = DELTA): PackItem => ({ kind: 'reference-delta', base, content });
const ITEMS: readonly PackItem[] = [
  whole('commit', commit),
  whole('tree', tree),
  whole('blob', TEXT),
  { kind: 'offset-delta', baseItem: 2, content: DELTA },
  whole('blob', Buffer.alloc(0)),
];
const PACK = makePack(ITEMS);

function failureOf(items: readonly PackItem[], over: Parameters<typeof read>[2] = {}) {
  return read(makePack(items), sha, over).catch((error: unknown) => error);
}

describe('packs that git would not write, and that are right', () => {
  it.each([1, 13, 1_000])('reads one by hand in pieces of %d bytes', async (pieceBytes) => {
    expect(await read(PACK, sha, { pieceBytes })).toEqual(EXPECTED);
  });

  it('reads objects in any order', async () => {
    const items = ITEMS.with(3, byReference(idOf('blob', TEXT)));
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...items], { minLength: items.length }), async (shuffled) => {
        expect(await read(makePack(shuffled), sha)).toEqual(EXPECTED);
      }),
      { numRuns: 60 },
    );
  });

  it.each(['offset', 'reference', 'reversed'])('follows hundreds of deltas on one another (%s)', async (how) => {
    const versions = Array.from({ length: 300 }, (_, n) => Buffer.from(`version ${String(n).padStart(4)} of a text`));
    const steps = versions.slice(1).map((version, n): PackItem => {
      const content = makeDelta(version.length, [[0, 8], version.toString('latin1', 8, 12), [12, version.length - 12]]);
      const base = versions[n] ?? version;
      return how === 'offset'
        ? { kind: 'offset-delta', baseItem: n + 2, content }
        : byReference(idOf('blob', base), content);
    });
    const last = versions.at(-1) ?? TEXT;
    const made = makeCommit({ first: versions[0] ?? TEXT, last });
    const front = [whole('commit', made.commit), whole('tree', made.tree)];
    const base = whole('blob', versions[0] ?? TEXT);
    const items = how === 'reversed' ? [...front, ...steps.reverse(), base] : [...front, base, ...steps];

    for (const limits of [{}, { maxCacheBytes: 0 }]) {
      expect(await read(makePack(items), made.sha, { limits })).toEqual({
        first: versions[0]?.toString(),
        last: last.toString(),
      });
    }
  });

  it('takes an object that is there twice, and objects that no path names', async () => {
    expect(await read(makePack([...ITEMS, whole('blob', TEXT), whole('blob', Buffer.from('unused'))]), sha)).toEqual(
      EXPECTED,
    );
  });

  it('takes zlib streams of any level, window and length', async () => {
    // A stored block of two bytes at a time: far longer than what it holds.
    const blocks = TEXT.toString('latin1').match(/.{2}/gs) ?? [];
    const stored = blocks.map((two) => Buffer.from(`\0\x02\0\xfd\xff${two}`, 'latin1'));
    const adler = deflateSync(TEXT).subarray(-4);
    const silly = Buffer.concat([
      Buffer.from([0x78, 0x01]),
      ...stored,
      Buffer.from('\x01\0\0\xff\xff', 'latin1'),
      adler,
    ]);
    const streams = [0, 1, 9].map((level) => deflateSync(TEXT, { level }));
    for (const zlib of [...streams, deflateSync(TEXT, { windowBits: 9 }), silly]) {
      const pack = makePack(ITEMS.with(2, { ...whole('blob', TEXT), zlib }));
      for (const pieceBytes of [1, 60_000]) expect(await read(pack, sha, { pieceBytes })).toEqual(EXPECTED);
    }
  });

  it('reads a pack of no blob', async () => {
    const made = makeCommit({});
    expect(await read(makePack([whole('commit', made.commit), whole('tree', made.tree)]), made.sha)).toEqual({});
  });

  it('reads SHA-256', async () => {
    const made = makeCommit(FILES, 'sha256');
    const items = [whole('commit', made.commit), whole('tree', made.tree), ...ITEMS.slice(2)];
    const references = items.with(3, byReference(idOf('blob', TEXT, 'sha256')));
    expect(await read(makePack(items, 'sha256'), made.sha)).toEqual(EXPECTED);
    expect(await read(makePack(references, 'sha256'), made.sha)).toEqual(EXPECTED);
  });
});

describe('packs that are wrong', () => {
  /** Fails with a code of ours, or, where the change was of no account, gives the very same. */
  async function expectRefused(pack: Buffer, mayBeHarmless = false): Promise<void> {
    const result = await read(pack, sha).catch((error: unknown) => error);
    if (mayBeHarmless && !(result instanceof Error)) expect(result).toEqual(EXPECTED);
    else expect(result).toBeInstanceOf(PackError);
  }

  it('are refused wherever they are cut off', async () => {
    for (let length = 0; length < PACK.length; length++) {
      const failure = await read(PACK.subarray(0, length), sha).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'pack/truncated', retryable: true });
    }
  });

  it('are refused wherever a bit is flipped', async () => {
    for (let at = 0; at < PACK.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(PACK);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        await expectRefused(flipped);
      }
    }
  });

  it('are refused, or the same, wherever a bit is flipped below a checksum that fits', async () => {
    for (let at = 0; at < PACK.length - 20; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(PACK.subarray(0, -20));
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        await expectRefused(withChecksum(flipped), true);
      }
    }
  });

  it('are refused wherever a byte is missing, doubled, or changes places with the next', async () => {
    for (let at = 0; at < PACK.length; at++) {
      const [before, after] = [PACK.subarray(0, at), PACK.subarray(at + 1)];
      const byte = PACK.subarray(at, at + 1);
      await expectRefused(Buffer.concat([before, after]));
      await expectRefused(Buffer.concat([before, byte, byte, after]));
      if (byte[0] !== after[0] && after.length > 0) {
        await expectRefused(Buffer.concat([before, after.subarray(0, 1), byte, after.subarray(1)]));
      }
    }
  });

  it('are refused where objects change places but offsets and checksum do not', async () => {
    const reordered = makePack([...ITEMS.slice(0, 2), ITEMS[4] as PackItem, ...ITEMS.slice(2, 4)]);
    await expectRefused(withChecksum(reordered.subarray(0, -20).fill(0, 12, 13)));
    await expectRefused(Buffer.concat([reordered.subarray(0, -20), PACK.subarray(-20)]));
  });

  it('are refused where bytes follow them, even one', async () => {
    for (const more of ['\0', 'PACK', PACK]) {
      const failure = await read(Buffer.concat([PACK, Buffer.from(more)]), sha).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'pack/corrupt', message: expect.stringContaining('follow') });
    }
  });

  it.each([
    ['of fewer objects than they say', makePack(ITEMS, 'sha1', 6), 'pack/corrupt'],
    ['of more objects than they say', makePack(ITEMS, 'sha1', 4), 'pack/corrupt'],
    ['of version 4', withChecksum(Buffer.from(PACK.subarray(0, -20)).fill(4, 7, 8)), 'pack/corrupt'],
    ['that are none', Buffer.from('<html><body>Please sign in</body></html>'), 'pack/corrupt'],
    ['that are empty', Buffer.alloc(0), 'pack/truncated'],
  ])('are refused: %s', async (_what, pack, code) => {
    await expect(read(pack, sha)).rejects.toMatchObject({ code });
  });

  it.each<[string, PackItem, string]>([
    ['a base before the pack', { kind: 'offset-delta', distance: 100_000, content: DELTA }, 'pack/corrupt'],
    ['itself as its base', { kind: 'offset-delta', distance: 0, content: DELTA }, 'pack/corrupt'],
    ['a base between two objects', { kind: 'offset-delta', distance: 3, content: DELTA }, 'pack/corrupt'],
    ['a base that is missing', byReference(Buffer.alloc(20, 7)), 'pack/object-missing'],
    ['itself as its base by name', byReference(idOf('blob', CHANGED)), 'pack/object-missing'],
    ['another base', byReference(idOf('tree', tree)), 'pack/corrupt'],
    ['a result that is longer', byReference(idOf('blob', TEXT), makeDelta(TEXT.length, [[0, 5]], 6)), 'pack/corrupt'],
    ['a result that is shorter', byReference(idOf('blob', TEXT), makeDelta(TEXT.length, [[0, 5]], 4)), 'pack/corrupt'],
    [
      'a copy past the base',
      byReference(idOf('blob', TEXT), makeDelta(TEXT.length, [[9, TEXT.length]])),
      'pack/corrupt',
    ],
    ['a result of terabytes', byReference(idOf('blob', TEXT), makeDelta(TEXT.length, [], 2 ** 42)), 'pack/too-large'],
    ['no sizes', byReference(idOf('blob', TEXT), Buffer.alloc(30, 0x80)), 'pack/corrupt'],
    ['an empty delta', byReference(idOf('blob', TEXT), Buffer.alloc(0)), 'pack/corrupt'],
    [
      'a reserved instruction',
      byReference(idOf('blob', TEXT), Buffer.concat([makeDelta(TEXT.length, [], 5), Buffer.alloc(3)])),
      'pack/corrupt',
    ],
  ])('are refused: a delta with %s', async (_what, item, code) => {
    expect(await failureOf(ITEMS.with(3, item))).toMatchObject({ code });
  });

  it('are refused where deltas are bases of one another', async () => {
    const other = Buffer.from('other');
    const circle = [byReference(idOf('blob', other)), byReference(idOf('blob', CHANGED))];
    expect(await failureOf([...ITEMS.toSpliced(3, 1), ...circle])).toMatchObject({ code: 'pack/object-missing' });
  });

  it.each<[string, PackItem, string]>([
    ['longer than it says', { ...whole('blob', TEXT), size: TEXT.length - 1 }, 'pack/corrupt'],
    ['shorter than it says', { ...whole('blob', TEXT), size: TEXT.length + 1 }, 'pack/corrupt'],
    ['far longer than it says', { ...whole('blob', Buffer.alloc(5_000_000)), size: 1_100_000 }, 'pack/corrupt'],
    ['far shorter than it says', { ...whole('blob', TEXT), size: 1_100_000 }, 'pack/corrupt'],
    [
      'packed with a dictionary',
      { ...whole('blob', TEXT), zlib: deflateSync(TEXT, { dictionary: TEXT }) },
      'pack/corrupt',
    ],
    ['without a checksum', { ...whole('blob', TEXT), zlib: deflateSync(TEXT).subarray(0, -4) }, 'pack/corrupt'],
    ['another one', whole('blob', Buffer.from('another')), 'pack/corrupt'],
    ['of another kind', whole('tree', TEXT), 'pack/corrupt'],
  ])('are refused: a blob that is %s', async (_what, item, code) => {
    const references = ITEMS.with(3, whole('blob', CHANGED));
    const failure = await failureOf(references.with(2, item));
    expect(failure).toBeInstanceOf(PackError);
    expect([code, 'pack/object-missing']).toContain((failure as PackError).code);
  });

  it.each<[string, Partial<PackLimits>]>([
    ['the pack', { maxPackBytes: 100 }],
    ['the number of objects', { maxObjects: 4 }],
    ['an object', { maxObjectBytes: 100 }],
    ['what must be in memory', { maxWholeBytes: 100 }],
    ['all objects', { maxUnpackedBytes: 300 }],
    ['what deltas make', { maxMadeBytes: 10 }],
    ['paths', { maxPaths: 1 }],
  ])('are refused beyond the limit of %s', async (_what, limits) => {
    expect(await failureOf(ITEMS, { limits })).toMatchObject({ code: 'pack/too-large' });
  });

  it('are refused where folders hold one another a billion times', async () => {
    let content = Buffer.concat([Buffer.from('100644 f\0'), idOf('blob', TEXT)]);
    const items = [whole('blob', TEXT), whole('tree', content)];
    for (let depth = 0; depth < 30; depth++) {
      const id = idOf('tree', content);
      content = Buffer.concat(['a', 'b'].flatMap((name) => [Buffer.from(`40000 ${name}\0`), id]));
      items.push(whole('tree', content));
    }
    const person = 'A <a@example.com> 1 +0000';
    const root = Buffer.from(
      `tree ${idOf('tree', content).toString('hex')}\nauthor ${person}\ncommitter ${person}\n\nx`,
    );
    const pack = makePack([...items, whole('commit', root)]);

    await expect(
      read(pack, idOf('commit', root).toString('hex'), { limits: { maxPaths: 1_000 } }),
    ).rejects.toMatchObject({
      code: 'pack/too-large',
    });
  });

  it('are refused where folders of many files hold one another, before all of them are in memory', async () => {
    let content = Buffer.alloc(0);
    const items = [whole('blob', TEXT)];
    const files = Array.from({ length: 500 }, (_, n) => [Buffer.from(`100644 f${n}\0`), idOf('blob', TEXT)]).flat();
    for (let depth = 0; depth < 5; depth++) {
      const inner = depth === 0 ? [] : [Buffer.from('40000 a\0'), idOf('tree', content)];
      content = Buffer.concat([...inner, ...files]);
      items.push(whole('tree', content));
    }
    const person = 'A <a@example.com> 1 +0000';
    const root = Buffer.from(
      `tree ${idOf('tree', content).toString('hex')}\nauthor ${person}\ncommitter ${person}\n\nx`,
    );
    const packed = await readTree(
      pieces(makePack([...items, whole('commit', root)])),
      'sha1',
      idOf('commit', root).toString('hex') as CommitSha,
      { limits: { maxPaths: 1_000 } },
    );

    await expect(packed.entries().next()).rejects.toMatchObject({ code: 'pack/too-large' });
    await packed.close();
  });

  it('need a long chain of long contents made once only', async () => {
    let content = Buffer.alloc(1_000_000, 'long');
    const items: PackItem[] = [whole('blob', content)];
    for (let link = 0; link < 30; link++) {
      const next = Buffer.concat([Buffer.from(`${link}`), content]);
      const delta = makeDelta(content.length, [`${link}`, [0, content.length]]);
      items.push({ kind: 'reference-delta', base: idOf('blob', content), content: delta });
      content = next;
    }
    // Made anew for each link, they would be half a billion.
    const limits = { maxCacheBytes: 100_000, maxMadeBytes: 40_000_000 };
    expect(await read(makePack([...ITEMS, ...items]), sha, { limits })).toEqual(await read(PACK, sha));
  });

  it('never give the last entry of a tree before the pack is verified, however often they are asked', async () => {
    const bad = Buffer.from(PACK).fill(0, PACK.length - 1);
    const packed = await readTree(pieces(bad), 'sha1', sha as CommitSha);
    for (let time = 0; time < 2; time++) {
      const seen: string[] = [];
      const failure = (async () => {
        for await (const { path } of packed.entries()) seen.push(path);
      })();

      await expect(failure).rejects.toMatchObject({ code: 'pack/corrupt' });
      expect(seen).not.toContain('text');
    }
    await packed.close();
  });

  it('give no end when they are closed early', async () => {
    const packed = await readTree(pieces(PACK, 250), 'sha1', sha as CommitSha);
    await packed.close();

    await expect(packed.entries().next()).rejects.toBeInstanceOf(PackError);
  });
});
