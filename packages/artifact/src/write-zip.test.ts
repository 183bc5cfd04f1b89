import { execFile, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TreeEntry } from '@gitsource/events';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBuffer, type Entry as YauzlEntry, type ZipFile } from 'yauzl';
import { type WriteZipOptions, writeZip } from './write-zip.ts';

const run = promisify(execFile);

function entry(path: string, content: string | Uint8Array, kind: TreeEntry['kind'] = 'file', size?: number): TreeEntry {
  const bytes = Buffer.from(content);
  return {
    path,
    kind,
    size: size ?? bytes.length,
    async *content() {
      for (let at = 0; at < bytes.length; at += 60_000) yield bytes.subarray(at, at + 60_000);
    },
  };
}

async function* tree(...entries: TreeEntry[]): AsyncGenerator<TreeEntry> {
  yield* entries;
}

async function zipOf(entries: AsyncIterable<TreeEntry>, options?: WriteZipOptions): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeZip(entries, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Reads a zip back with a reader that shares no code with the writer. */
async function readBack(zip: Buffer): Promise<Map<string, { content: Buffer; entry: YauzlEntry }>> {
  const file = await promisify<Buffer, object, ZipFile>(fromBuffer)(zip, {
    lazyEntries: true,
    validateEntrySizes: true,
    strictFileNames: true,
  });
  const found = new Map<string, { content: Buffer; entry: YauzlEntry }>();
  return new Promise((resolve, reject) => {
    file.on('error', reject);
    file.on('end', () => resolve(found));
    file.on('entry', (item: YauzlEntry) => {
      file.openReadStream(item, (error, stream) => {
        if (error) return reject(error);
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('error', reject);
        stream.on('end', () => {
          found.set(item.fileName, { content: Buffer.concat(chunks), entry: item });
          file.readEntry();
        });
      });
    });
    file.readEntry();
  });
}

function has(...command: [string, ...string[]]): boolean {
  try {
    execFileSync(command[0], command.slice(1), { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const NOISE = randomBytes(3 * 1024 * 1024);
const SAMPLE = () =>
  tree(
    entry('.github/workflows/ci.yml', 'on: push\n'),
    entry('.gitignore', 'dist\n'),
    entry('empty', ''),
    entry('grüezi/日本語 mit Leerzeichen.txt', 'hallo'.repeat(1000)),
    entry('run.sh', '#!/bin/sh\necho ran\n', 'executable'),
    entry('sub/link', '../run.sh', 'symlink'),
    entry('sub/noise.bin', NOISE),
    entry('sub/zeros.bin', Buffer.alloc(5 * 1024 * 1024)),
  );

describe('writeZip', () => {
  let scratch: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'artifact-'));
  });

  afterAll(() => rm(scratch, { recursive: true, force: true }));

  async function stored(name: string, zip: Buffer): Promise<string> {
    const file = join(scratch, name);
    await writeFile(file, zip);
    return file;
  }

  it('gives every entry back, as another reader reads it', async () => {
    const found = await readBack(await zipOf(SAMPLE()));

    expect([...found.keys()]).toEqual([
      '.github/workflows/ci.yml',
      '.gitignore',
      'empty',
      'grüezi/日本語 mit Leerzeichen.txt',
      'run.sh',
      'sub/link',
      'sub/noise.bin',
      'sub/zeros.bin',
    ]);
    expect(found.get('sub/noise.bin')?.content.equals(NOISE)).toBe(true);
    expect(found.get('sub/zeros.bin')?.entry.compressedSize).toBeLessThan(20_000);
    expect(found.get('sub/link')?.content.toString()).toBe('../run.sh');
    expect((found.get('sub/link')?.entry.externalFileAttributes ?? 0) >>> 16).toBe(0o120777);
  });

  it.skipIf(!has('unzip', '-v'))('unpacks with modes, links and names (needs unzip)', async () => {
    const file = await stored('sample.zip', await zipOf(SAMPLE()));
    const target = join(scratch, 'unpacked');

    await run('unzip', ['-tq', file]);
    await run('unzip', ['-q', file, '-d', target], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });

    expect((await lstat(join(target, 'run.sh'))).mode & 0o777).toBe(0o755);
    expect((await lstat(join(target, '.gitignore'))).mode & 0o777).toBe(0o644);
    expect(await readlink(join(target, 'sub/link'))).toBe('../run.sh');
    expect((await run(join(target, 'sub/link'))).stdout).toBe('ran\n');
    expect(await readFile(join(target, 'grüezi/日本語 mit Leerzeichen.txt'), 'utf8')).toBe('hallo'.repeat(1000));
  });

  it.skipIf(!has('zipinfo', '-h'))('is listed as made by Unix, with the date in UTC (needs zipinfo)', async () => {
    const zip = await zipOf(tree(entry('run.sh', 'x', 'executable')), { modified: new Date('2024-02-29T23:59:58Z') });

    const { stdout } = await run('zipinfo', ['-T', await stored('dated.zip', zip)]);

    expect(stdout).toMatch(/^-rwxr-xr-x\s+6\.3 unx .* 20240229\.235958 run\.sh$/m);
  });

  it.skipIf(!has('python3', '-V'))("passes Python's own check (needs python3)", async () => {
    const file = await stored('python.zip', await zipOf(SAMPLE()));

    const script = 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), len(z.namelist()))';

    expect((await run('python3', ['-c', script, file])).stdout).toBe('None 8\n');
  });

  it('gives the same bytes for the same entries, in any time zone', async () => {
    const digest = (zip: Buffer) => createHash('sha256').update(zip).digest('hex');
    const modified = new Date('2024-07-01T12:00:00Z');
    const before = process.env.TZ;

    process.env.TZ = 'America/Los_Angeles';
    const west = digest(await zipOf(SAMPLE(), { modified }));
    process.env.TZ = 'Asia/Tokyo';
    const east = digest(await zipOf(SAMPLE(), { modified }));
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;

    expect(west).toBe(east);
  });

  it('stores what deflate would make larger', async () => {
    const found = await readBack(await zipOf(tree(entry('noise', NOISE.subarray(0, 5000)))));

    expect(found.get('noise')?.entry.compressionMethod).toBe(0);
  });

  it('writes a whole archive for a tree without entries', async () => {
    expect((await readBack(await zipOf(tree()))).size).toBe(0);
  });

  it('reads entries only as the zip is read', async () => {
    let taken = 0;
    async function* endless(): AsyncGenerator<TreeEntry> {
      for (; ; taken += 1) yield entry(`file-${taken}`, NOISE.subarray(0, 100_000));
    }

    for await (const _ of writeZip(endless())) if (taken > 20) break;

    expect(taken).toBeLessThan(30);
  });

  it('gives back any tree of any contents', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .map((text) => `n${text.replace(/[/\0\\]/g, '_')}`);
    const files = fc.dictionary(name, fc.uint8Array({ maxLength: 40_000 }), { maxKeys: 20 });

    await fc.assert(
      fc.asyncProperty(files, async (contents) => {
        const names = Object.keys(contents);
        const zip = await zipOf(tree(...names.map((path) => entry(path, contents[path] ?? ''))));

        const found = await readBack(zip);

        expect([...found.keys()]).toEqual(names);
        for (const path of names) expect(found.get(path)?.content.equals(contents[path] ?? Buffer.alloc(0))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe('writeZip with zip64', () => {
  it('counts more than 65,535 entries', async () => {
    async function* many(): AsyncGenerator<TreeEntry> {
      for (let n = 0; n < 65_600; n += 1) yield entry(`folder/${n}`, '');
    }

    const found = await readBack(await zipOf(many()));

    expect(found.size).toBe(65_600);
  });

  it.skipIf(!has('unzip', '-v') || !has('python3', '-V'))(
    'writes eight-byte sizes and offsets from the limit on (needs unzip and python3)',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'zip64-'));
      const file = join(folder, 'zip64.zip');
      const zip = await zipOf(SAMPLE(), { zip64Limits: { bytes: 1000, entries: 3 } });
      await writeFile(file, zip);

      await run('unzip', ['-tq', file]);
      const script = 'import sys,zipfile; print(zipfile.ZipFile(sys.argv[1]).testzip())';
      const { stdout } = await run('python3', ['-c', script, file]);
      await rm(folder, { recursive: true });

      expect(stdout).toBe('None\n');
      expect((await readBack(zip)).get('sub/noise.bin')?.content.equals(NOISE)).toBe(true);
    },
  );
});

describe('writeZip with a tree that must not be unpacked', () => {
  it.each([
    ['/etc/passwd', 'is absolute'],
    ['a/../../b', 'segment'],
    ['a//b', 'segment'],
    ['./a', 'segment'],
    ['a\0b', 'NUL'],
    ['', 'empty'],
    ['x'.repeat(70_000), 'longer'],
    ['.git/config', '.git'],
    ['.GIT', '.git'],
  ])('refuses the path %j', async (path, reason) => {
    await expect(zipOf(tree(entry(path, 'x')))).rejects.toMatchObject({
      code: 'artifact/unsafe-path',
      fault: 'failed',
      message: expect.stringContaining(reason),
    });
  });

  it.each([[['a', 'a']], [['a', 'a/b']], [['a/b', 'a']]])(
    'refuses the paths %j together',
    async ([one = '', two = '']) => {
      await expect(zipOf(tree(entry(one, ''), entry(two, '')))).rejects.toMatchObject({ code: 'artifact/unsafe-path' });
    },
  );

  it('takes .git only where a full clone is asked for, and .gitignore always', async () => {
    const found = await readBack(
      await zipOf(tree(entry('.git/HEAD', 'ref: refs/heads/main\n'), entry('.gitignore', '')), {
        allowGitFolder: true,
      }),
    );

    expect([...found.keys()]).toEqual(['.git/HEAD', '.gitignore']);
  });

  it.each([
    ['link', '/etc/passwd'],
    ['link', '..'],
    ['a/link', '../../secret'],
    ['a/link', 'b/../../../secret'],
  ])('refuses the link %s to %s', async (path, target) => {
    await expect(zipOf(tree(entry(path, target, 'symlink')))).rejects.toMatchObject({
      code: 'artifact/symlink-escapes',
      message: expect.stringContaining(`${JSON.stringify(path)} points to ${JSON.stringify(target)}`),
    });
  });

  it('refuses a link that leaves the tree only by way of another link', async () => {
    const links = tree(entry('a/b/top', '../..', 'symlink'), entry('out', 'a/b/top/../secret', 'symlink'));

    await expect(zipOf(links)).rejects.toMatchObject({ code: 'artifact/symlink-escapes' });
  });

  it('keeps links inside the tree, dangling and circular ones too', async () => {
    const links = tree(
      entry('a/up', '../b', 'symlink'),
      entry('a/x', 'y', 'symlink'),
      entry('a/y', 'x/../x', 'symlink'),
      entry('root', '.', 'symlink'),
    );

    expect((await readBack(await zipOf(links))).size).toBe(4);
  });
});

describe('writeZip with a source that breaks', () => {
  it.each([
    [10, 'small, too short'],
    [2, 'small, too long'],
    [2_000_000, 'large, too short'],
  ])('refuses a content of 3 bytes that promised %i (%s)', async (size) => {
    await expect(zipOf(tree(entry('file', 'abc', 'file', size)))).rejects.toMatchObject({
      code: 'artifact/size-mismatch',
      message: expect.stringContaining('"file"'),
    });
  });

  it.each([10, 5_000_000])('throws on what the content throws, unchanged (size %i)', async (size) => {
    const broken = new Error('disk gone');
    const failing: TreeEntry = {
      path: 'file',
      kind: 'file',
      size,
      async *content() {
        yield Buffer.from('ab');
        throw broken;
      },
    };

    await expect(zipOf(tree(failing))).rejects.toBe(broken);
  });
});
