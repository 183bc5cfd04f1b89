import { randomBytes } from 'node:crypto';
import { crc32, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pieces, whole } from '../../test/bytes.ts';
import { extraField, type MadeArchive, type MadeEntry, makeZip } from '../../test/make-zip.ts';
import { readBack } from '../../test/read-back.ts';
import { type ReRootArchiveOptions, reRootArchive } from '../re-root-archive.ts';

type Options = Partial<ReRootArchiveOptions>;

const reRooted = (archive: Uint8Array, options: Options = {}) =>
  whole(reRootArchive(pieces(archive), { topFolder: 'strip', ...options }));

const named = async (entries: readonly MadeEntry[], options?: Options, archive?: MadeArchive) => [
  ...(await readBack(await reRooted(makeZip(entries, archive), options))).keys(),
];

const LINK = 0o120777;

describe('reRootArchive with names that must not be unpacked', () => {
  it.each([
    ['top/../secret', 'segment'],
    ['../secret', 'segment'],
    ['top/a/./b', 'segment'],
    ['top//a', 'segment'],
    ['top/sub//', 'segment'],
    ['/etc/passwd', 'absolute'],
    ['', 'segment'],
    ['/', 'segment'],
    ['C:/Windows/x', 'drive letter'],
    ['top/c:x', 'drive letter'],
    ['top\\a', 'backslash'],
    ['top/..\\..\\a', 'backslash'],
    ['top/a\0b', 'control character'],
    ['top/a\nb', 'control character'],
    ['top/a\u007fb', 'control character'],
    ['top/a\u009bb', 'control character'],
    ['top/.git/config', '.git folder'],
    ['top/.git/', '.git folder'],
    ['top/sub/.git', '.git folder'],
    ['top/sub/.GiT/hooks/post-checkout', '.git folder'],
    ['top/git~1/config', '.git folder'],
    ['top/.git. /config', '.git folder'],
    ['top/.git::$INDEX_ALLOCATION/config', '.git folder'],
    ['top/.g\u200cit/config', '.git folder'],
    ['.git/config', '.git folder'],
  ])('refuses %j', async (name, reason) => {
    await expect(reRooted(makeZip([{ name, content: name.endsWith('/') ? '' : 'x' }]))).rejects.toMatchObject({
      code: 'artifact/unsafe-path',
      fault: 'failed',
      message: expect.stringContaining(reason),
    });
  });

  it.each([
    [['top/a', 'top/a'], 'twice'],
    [['top/a', 'top/a/b'], 'lies below "a"'],
    [['top/a/b', 'top/a'], 'twice'],
    [['top/a', 'top/a/'], 'twice'],
    [['top/a/', 'top/a'], 'twice'],
    [['top/a', 'top/a/b/'], 'lies below "a"'],
  ])('refuses %j together', async (names, reason) => {
    await expect(reRooted(makeZip(names.map((name) => ({ name }))))).rejects.toMatchObject({
      code: 'artifact/unsafe-path',
      message: expect.stringContaining(reason),
    });
  });

  it('takes names that only look alike', async () => {
    const names = [
      '.gitignore',
      '.github/x',
      '.gitmodules',
      'git',
      'README',
      'readme',
      'a..b',
      '...',
      'xy:z',
      '~',
      '-rf',
    ];

    expect(await named(names.map((name) => ({ name: `top/${name}` })))).toEqual(names);
  });

  it('takes a folder that is named twice or after its files', async () => {
    expect(await named([{ name: 'top/a/b' }, { name: 'top/a/' }, { name: 'top/a/' }])).toEqual(['a/b']);
  });

  it.each([
    [['a/x', 'b/x'], '"b/x" lies outside the top folder "a"'],
    [['a/x', 'y'], '"y" lies beside the top folder'],
    [['y'], '"y" lies beside the top folder'],
    [['a/', 'ab/x'], '"ab/x" lies outside the top folder "a"'],
    [['a/', 'b/'], '"b" lies outside the top folder "a"'],
  ])('refuses %j, which have no one top folder', async (names, reason) => {
    await expect(reRooted(makeZip(names.map((name) => ({ name }))))).rejects.toMatchObject({
      code: 'artifact/archive-top-folder',
      message: expect.stringContaining(reason),
    });
  });

  it('takes off one folder only', async () => {
    expect(await named([{ name: 'top/src/a' }, { name: 'top/src/b' }])).toEqual(['src/a', 'src/b']);
    expect(await named([{ name: 'top/src/a' }], { topFolder: 'none' })).toEqual(['top/src/a']);
  });

  it('reads UTF-8 with the flag, without it, and from the Unicode path field', async () => {
    const old = Buffer.from('top/gr\x81ezi', 'latin1');
    const field = (crc: number) =>
      extraField(0x7075, Buffer.concat([Buffer.from([1]), uint32(crc), Buffer.from('top/grüezi')]));

    expect(await named([{ name: 'top/日本' }])).toEqual(['日本']);
    expect(await named([{ name: 'top/日本', flags: 0 }])).toEqual(['日本']);
    expect(await named([{ name: old, flags: 0, extra: field(crc32(old)) }])).toEqual(['grüezi']);
    for (const entry of [{ name: old, flags: 0 }, { name: old }, { name: old, flags: 0, extra: field(7) }]) {
      await expect(reRooted(makeZip([entry]))).rejects.toMatchObject({
        code: 'artifact/archive-unsupported',
        message: expect.stringContaining('not UTF-8'),
      });
    }
  });

  it('refuses a bad name that hides in the Unicode path field', async () => {
    const name = Buffer.from('top/a');
    const path = Buffer.concat([Buffer.from([1]), uint32(crc32(name)), Buffer.from('top/../../a')]);

    await expect(reRooted(makeZip([{ name, flags: 0, extra: extraField(0x7075, path) }]))).rejects.toMatchObject({
      code: 'artifact/unsafe-path',
    });
  });
});

function uint32(value: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32LE(value);
  return field;
}

describe('reRootArchive with links', () => {
  it.each([
    ['link', '/etc/passwd'],
    ['link', '..'],
    ['a/link', '../../secret'],
    ['a/link', 'b/../../../secret'],
  ])('refuses %s to %s', async (path, content) => {
    await expect(reRooted(makeZip([{ name: `top/${path}`, content, mode: LINK }]))).rejects.toMatchObject({
      code: 'artifact/symlink-escapes',
      message: expect.stringContaining(`${JSON.stringify(path)} points to ${JSON.stringify(content)}`),
    });
  });

  it('refuses a link that leaves the tree by way of another one, in any order', async () => {
    const links: MadeEntry[] = [
      { name: 'top/out', content: 'a/b/top/../secret', mode: LINK },
      { name: 'top/a/b/top', content: '../..', mode: LINK },
    ];
    for (const entries of [links, links.toReversed()]) {
      await expect(reRooted(makeZip(entries))).rejects.toMatchObject({ code: 'artifact/symlink-escapes' });
    }
  });

  it.each([
    ['link', 'link/below'],
    ['link/below', 'link'],
  ])('refuses an entry below a link (%s, %s)', async (...names) => {
    const entries = names.map((name) => ({
      name: `top/${name}`,
      content: 'x',
      mode: name === 'link' ? LINK : 0o100644,
    }));

    await expect(reRooted(makeZip(entries))).rejects.toMatchObject({ code: 'artifact/unsafe-path' });
  });

  it.each([
    ['C:\\Windows', 'links to'],
    ['..\\secret', 'links to'],
    ['d:x', 'links to'],
  ])('refuses what Windows takes for the way out: %s', async (content, reason) => {
    await expect(reRooted(makeZip([{ name: 'top/link', content, mode: LINK }]))).rejects.toMatchObject({
      code: 'artifact/unsafe-path',
      message: expect.stringContaining(reason),
    });
  });

  it.each([
    ['nothing', ''],
    ['a line break', 'a\n'],
    ['a NUL', 'a\0b'],
    ['4,096 bytes', 'x'.repeat(4_096)],
    ['2 MB', 'x'.repeat(2_000_000)],
    ['no UTF-8', Buffer.from([0xff, 0xfe])],
  ])('refuses a link to %s', async (_what, content) => {
    await expect(reRooted(makeZip([{ name: 'top/link', content, mode: LINK }]))).rejects.toMatchObject({
      code: 'artifact/archive-unsupported',
      message: expect.stringContaining('"top/link" is a link whose target'),
    });
  });

  it('reads a target that is deflated, or whose size stands after it', async () => {
    for (const form of [{ deflate: true }, { descriptor: 'signed' }, { deflate: true, descriptor: 'plain' }] as const) {
      const link: MadeEntry = { name: 'top/link', content: 'a/'.repeat(40), mode: LINK, ...form };
      const found = await readBack(await reRooted(makeZip([link])));
      expect(found.get('link')).toEqual({ mode: LINK, content: Buffer.from('a/'.repeat(40)) });
    }
  });

  it('keeps what may be a target within its bound, and refuses a link beyond it', async () => {
    const files = Array.from({ length: 20 }, (_, n) => ({ name: `top/${n}`, content: 'short' }));
    const limits = { maxKeptBytes: 1_000 };
    const link: MadeEntry = { name: 'top/link', content: '1', mode: LINK };

    expect(await named([link, ...files], { limits })).toHaveLength(21);
    await expect(reRooted(makeZip([...files, link]), { limits })).rejects.toMatchObject({
      code: 'artifact/archive-unsupported',
      message: expect.stringContaining('one of too many'),
    });
  });

  it('ends the check of links that are made to keep it busy', async () => {
    const busy = `${'a/'.repeat(1_500)}x/..`;
    const links = Array.from({ length: 4_000 }, (_, n) => ({ name: `top/${n}`, content: busy, mode: LINK }));

    await expect(reRooted(makeZip(links))).rejects.toMatchObject({ code: 'artifact/symlink-escapes' });
  });
});

describe('reRootArchive with kinds of entries', () => {
  it.each([
    [0o100755, 0o100755],
    [0o100700, 0o100755],
    [0o100600, 0o100644],
    [0o106755, 0o100755],
    [0, 0o100644],
    [undefined, 0o100644],
  ])('gives mode %o as %o', async (mode, expected) => {
    const entry: MadeEntry = { name: 'top/a', content: 'x', ...(mode !== undefined && { mode }) };

    expect((await readBack(await reRooted(makeZip([entry])))).get('a')?.mode).toBe(expected);
  });

  it.each([0o060644, 0o020644, 0o010644, 0o140777])('refuses a device, pipe or socket (%o)', async (mode) => {
    await expect(reRooted(makeZip([{ name: 'top/a', mode }]))).rejects.toMatchObject({
      code: 'artifact/archive-unsupported',
      message: expect.stringContaining('"top/a" is neither file nor link'),
    });
  });

  it.each([
    ['top/a', 0o040755],
    ['top/a/', LINK],
  ])('refuses %s as mode %o', async (name, mode) => {
    await expect(reRooted(makeZip([{ name, mode }]))).rejects.toMatchObject({ code: 'artifact/archive-corrupt' });
  });

  it('refuses a folder with a content', async () => {
    await expect(reRooted(makeZip([{ name: 'top/a/', content: 'x' }]))).rejects.toMatchObject({
      code: 'artifact/archive-corrupt',
      message: expect.stringContaining('has a content'),
    });
  });

  it('takes a folder that is deflated, as Java packs it', async () => {
    const folder: MadeEntry = { name: 'top/a/', deflate: true, descriptor: 'signed' };

    expect(await named([folder, { name: 'top/a/b' }])).toEqual(['a/b']);
  });

  it.each([
    [{ flags: 1 }, 'is encrypted'],
    [{ flags: 1 << 6 }, 'is a patch or encrypted'],
    [{ flags: 1 << 13 }, 'is a patch or encrypted'],
    [{ method: 12 }, 'packed by method 12'],
    [{ method: 99 }, 'packed by method 99'],
  ])('refuses %j', async (fields, reason) => {
    await expect(reRooted(makeZip([{ name: 'top/a', content: 'x', ...fields }]))).rejects.toMatchObject({
      code: 'artifact/archive-unsupported',
      message: expect.stringContaining(reason),
    });
  });
});

const LONG = randomBytes(40_000).toString('base64').repeat(40);

describe('reRootArchive with sizes after the content', () => {
  it.each(['signed', 'plain', 'signed64', 'plain64'] as const)('reads the %s descriptor', async (descriptor) => {
    const contents: Record<string, string> = { empty: '', short: 'abc', long: LONG, last: 'PK\x07\x08PK\x01\x02' };
    const entries = Object.entries(contents).flatMap(([name, content]): MadeEntry[] => [
      { name: `top/${name}-deflated`, content, deflate: true, descriptor },
      // Without a signature the end of a stored content cannot be told.
      ...(descriptor.startsWith('signed') || content === ''
        ? [{ name: `top/${name}-stored`, content, descriptor }]
        : []),
    ]);

    const found = await readBack(await reRooted(makeZip(entries)));

    expect(found.size).toBe(entries.length);
    for (const [path, { content }] of found) expect(content.toString()).toBe(contents[path.split('-')[0] ?? '']);
  });

  it('is not misled by a zip in a zip', async () => {
    const inner = makeZip([{ name: 'inner/a', content: 'abc', descriptor: 'signed' }, { name: 'inner/b' }]);
    const found = await readBack(
      await reRooted(makeZip([{ name: 'top/in.zip', content: inner, descriptor: 'signed' }])),
    );

    expect(found.get('in.zip')?.content.equals(inner)).toBe(true);
  });

  it('refuses a content that is made to end early', async () => {
    const start = Buffer.from('start');
    const fake = makeZip([
      { name: 'top/a', content: start, descriptor: 'signed' },
      { name: 'top/hidden', content: 'x' },
    ]);
    const content = fake.subarray(fake.indexOf(start));

    await expect(reRooted(makeZip([{ name: 'top/a', content, descriptor: 'signed' }]))).rejects.toMatchObject({
      code: 'artifact/archive-corrupt',
    });
  });

  it.each([
    ['deflated', true, 'artifact/archive-corrupt'],
    // Only the right one would show where such a content ends.
    ['stored', false, 'artifact/archive-truncated'],
  ])('refuses a wrong one after a %s content', async (_, deflate, code) => {
    for (const content of ['abc', LONG]) {
      const zip = makeZip([{ name: 'top/a', content, deflate, descriptor: 'signed', crc: 1 }, { name: 'top/b' }]);
      await expect(reRooted(zip)).rejects.toMatchObject({ code });
    }
  });
});

describe('reRootArchive with an archive that contradicts itself', () => {
  const entry: MadeEntry = { name: 'top/a', content: 'abcabcabcabcabcabc', deflate: true };

  it.each<[string, MadeEntry, string]>([
    ['checksum', { ...entry, crc: 1 }, 'as checksum'],
    ['size, too small', { ...entry, size: 17 }, 'more than the 17 bytes'],
    ['size, too large', { ...entry, size: 19 }, 'has 18 bytes, and 19 by its header'],
    ['size of a stored file', { ...entry, deflate: false, size: 17 }, 'has 18 bytes, and 17'],
    ['packed size, too small', { ...entry, compressedSize: 3 }, 'Z_BUF_ERROR'],
    ['no deflate', { ...entry, packed: Buffer.alloc(20, 0xff) }, 'Z_DATA_ERROR'],
    ['more behind the content', { ...entry, packed: Buffer.from('4b4c4a4e42200063', 'hex') }, 'is damaged'],
    ['name in the directory', { ...entry, central: { name: 'top/b' } }, 'another name'],
    ['method in the directory', { ...entry, central: { method: 0 } }, 'another method'],
    ['checksum in the directory', { ...entry, central: { crc: 1 } }, 'another checksum'],
    ['size in the directory', { ...entry, central: { size: 1 } }, 'another size'],
    ['packed size in the directory', { ...entry, central: { compressedSize: 1 } }, 'another packed size'],
    ['offset in the directory', { ...entry, central: { offset: 1 } }, 'is not in it'],
    ['disk in the directory', { ...entry, central: { disk: 1 } }, 'another disk'],
    ['encryption in the directory', { ...entry, central: { flags: 1 } }, 'another encryption'],
    ['zip64 without its field', { ...entry, extra: extraField(1, Buffer.alloc(0)), size: 0xffffffff }, 'lacks a zip64'],
  ])('refuses a wrong %s', async (_what, broken, reason) => {
    await expect(reRooted(makeZip([broken, { name: 'top/z' }]))).rejects.toMatchObject({
      code: 'artifact/archive-corrupt',
      retryable: true,
      message: expect.stringContaining(reason),
    });
  });

  it.each<[string, MadeArchive, string]>([
    ['number of entries', { entries: 1 }, 'says 1 as number of entries, and it is 2'],
    ['place of the directory', { directoryOffset: 5 }, 'place of the directory'],
    ['bytes after its end', { suffix: Buffer.from('x') }, 'followed by other bytes'],
    ['second zip after its end', { suffix: makeZip([{ name: 'top/evil' }]) }, 'followed by other bytes'],
  ])('refuses a wrong %s', async (_what, archive, reason) => {
    await expect(reRooted(makeZip([entry, { name: 'top/z' }], archive))).rejects.toMatchObject({
      code: 'artifact/archive-corrupt',
      message: expect.stringContaining(reason),
    });
  });

  it('refuses an entry that is listed twice, or not at all', async () => {
    const zip = makeZip([entry]);
    const start = zip.indexOf('PK\x01\x02');
    const listed = zip.subarray(start, zip.length - 22);
    const before = zip.subarray(0, start);

    for (const directory of [Buffer.concat([listed, listed]), Buffer.alloc(0)]) {
      await expect(reRooted(Buffer.concat([before, directory, zip.subarray(-22)]))).rejects.toMatchObject({
        code: 'artifact/archive-corrupt',
      });
    }
  });

  it('takes a directory in another order, with comments', async () => {
    const listed = { ...entry, central: { comment: Buffer.from('said of a') } };

    expect(await named([listed, { name: 'top/z' }], {}, { order: 'reversed', comment: 'x' })).toEqual(['a', 'z']);
  });
});

describe('reRootArchive with something else than a zip', () => {
  it.each([
    ['an HTML page', Buffer.from('\n<!DOCTYPE html><title>Sign in</title>')],
    ['JSON', Buffer.from('{"message":"Not Found"}')],
    ['gzip', gzipSync('x')],
    ['empty', Buffer.alloc(0)],
    ['a text', Buffer.from('404: Not Found')],
    ['other bytes', Buffer.from([0, 1, 2, 3, 4])],
    [
      'something with a zip in it, after other bytes',
      makeZip([{ name: 'top/a' }], { prefix: Buffer.from('#!/bin/sh\n') }),
    ],
  ])('says that it is %s', async (kind, bytes) => {
    await expect(reRooted(bytes)).rejects.toMatchObject({
      code: 'artifact/archive-not-zip',
      message: expect.stringMatching(new RegExp(`not a zip, but ${kind}\\.`)),
    });
  });

  it('says at every length that the archive ended too early, and gives no end', async () => {
    const zip = makeZip([
      { name: 'top/', mode: 0o040755 },
      { name: 'top/a', content: 'abc'.repeat(50), deflate: true },
      { name: 'top/b', content: 'abc'.repeat(50), deflate: true, descriptor: 'signed' },
      { name: 'top/c', content: 'abc', descriptor: 'signed' },
    ]);
    for (let length = 4; length < zip.length; length++) {
      const given: Uint8Array[] = [];
      const reading = (async () => {
        for await (const chunk of reRootArchive(pieces(zip.subarray(0, length)), { topFolder: 'strip' }))
          given.push(chunk);
      })();
      await expect(reading, `${length} bytes`).rejects.toMatchObject({ code: 'artifact/archive-truncated' });
      expect(Buffer.concat(given).includes('PK\x05\x06')).toBe(false);
    }
  });
});

describe('reRootArchive with too much', () => {
  const files = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `top/${n}` }));

  const ZEROS: MadeEntry = { name: 'top/zeros', content: Buffer.alloc(3_000_000), deflate: true };

  it.each<[string, MadeEntry[], Options['limits'], string]>([
    ['files', files(4), { maxEntries: 3 }, 'more than 3 files'],
    ['folders', files(4).map(({ name }) => ({ name: `${name}/` })), { maxEntries: 3 }, 'more than 3 folders'],
    ['folders that are implied', [{ name: 'top/a/b/c/d/e' }], { maxEntries: 3 }, 'more than 3'],
    [
      'bytes',
      [{ name: 'top/a', content: LONG, deflate: true }],
      { maxUnpackedBytes: 1_000 },
      'more than 1000 unpacked',
    ],
    ['bytes, stored', [{ name: 'top/a', content: LONG }], { maxUnpackedBytes: 1_000 }, 'more than 1000 unpacked'],
    ['bytes for each packed one', [ZEROS], { ratioFromBytes: 1_000_000 }, 'more than 200 unpacked bytes for each'],
    [
      'bytes, sizes after them',
      [{ ...ZEROS, descriptor: 'signed' }],
      { maxUnpackedBytes: 2_000_000 },
      'more than 2000000',
    ],
    ['length of a name', [{ name: `top/${'x'.repeat(100)}` }], { maxNameBytes: 99 }, 'a name of more than 99 bytes'],
    ['names', files(30), { maxNamesBytes: 99 }, 'names have more than 99 bytes'],
  ])('refuses too many %s', async (_what, entries, limits, reason) => {
    await expect(reRooted(makeZip(entries), { limits: limits ?? {} })).rejects.toMatchObject({
      code: 'artifact/archive-too-large',
      message: expect.stringContaining(reason),
    });
  });

  it('takes a small archive of high ratio, and as many files and folders as the limit says', async () => {
    expect(await named([ZEROS])).toEqual(['zeros']);
    expect(await named(files(3), { limits: { maxEntries: 3 } })).toHaveLength(3);
  });
});
