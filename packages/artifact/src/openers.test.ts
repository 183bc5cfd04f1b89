import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstat, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflateRawSync } from 'node:zlib';
import type { PackedEntry, TreeEntry } from '@gitsource/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pieces, whole } from '../test/bytes.ts';
import { archiveOf, type CommittedFile, commitFiles, has, SEVEN_ZIP, treeOf } from '../test/git-tree.ts';
import { reRootArchive } from './re-root-archive.ts';
import { writePackedZip } from './write-packed-zip.ts';
import { writeZip } from './write-zip.ts';
import type { Zip64Limits } from './zip-records.ts';

const run = promisify(execFile);

const FILES: readonly CommittedFile[] = [
  { path: '.github/workflows/ci.yml', content: 'on: push\n' },
  { path: 'bin/run.sh', mode: '100755', content: '#!/bin/sh\necho ran\n' },
  { path: 'empty', content: '' },
  { path: 'grüezi/日本語 mit Leerzeichen.txt', content: 'hallo\n'.repeat(5_000) },
  { path: 'noise.bin', content: randomBytes(400_000) },
  // Not one with `..`, which 7-Zip refuses unless it is told -snld.
  { path: 'run', mode: '120000', content: 'bin/run.sh' },
];
const MANY = 66_000;
/** As if everything were over 4 GiB and 65,535 entries. */
const WIDE: Zip64Limits = { bytes: 1_000, entries: 3 };

interface Opener {
  readonly name: string;
  readonly probe: readonly [string, ...string[]];
  readonly unpack: (zip: string, folder: string) => readonly [string, ...string[]];
  /** A line for each entry. */
  readonly list: (zip: string) => readonly [string, ...string[]];
  /** Python's zipfile makes files of links, and gives none their mode. */
  readonly knowsModes: boolean;
}

const PYTHON = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])';
const PYTHON_LIST = 'import sys, zipfile; print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))';

const OPENERS: readonly Opener[] = [
  {
    name: 'unzip',
    probe: ['unzip', '-v'],
    unpack: (zip, folder) => ['unzip', '-q', zip, '-d', folder],
    list: (zip) => ['unzip', '-Z1', zip],
    knowsModes: true,
  },
  {
    name: "Python's zipfile",
    probe: ['python3', '-V'],
    unpack: (zip, folder) => ['python3', '-c', PYTHON, zip, folder],
    list: (zip) => ['python3', '-c', PYTHON_LIST, zip],
    knowsModes: false,
  },
  {
    name: 'bsdtar',
    probe: ['bsdtar', '--version'],
    unpack: (zip, folder) => ['bsdtar', '-xf', zip, '-C', folder],
    list: (zip) => ['bsdtar', '-tf', zip],
    knowsModes: true,
  },
  {
    name: '7-Zip',
    probe: [SEVEN_ZIP, 'i'],
    unpack: (zip, folder) => [SEVEN_ZIP, 'x', '-bd', '-y', `-o${folder}`, zip],
    list: (zip) => [SEVEN_ZIP, 'l', '-ba', zip],
    knowsModes: true,
  },
];

/** Every content deflated, as a server packs it. */
async function* packed(entries: AsyncIterable<TreeEntry>): AsyncGenerator<PackedEntry> {
  for await (const { path, kind, size, content } of entries) {
    const bytes = await whole(content());
    const raw = deflateRawSync(bytes);
    yield {
      path,
      kind,
      size,
      crc32: crc32(bytes),
      blob: '',
      body: { packing: 'deflate', bytes: raw.length, pieces: () => [raw] },
    };
  }
}

let scratch: string;
const zips = new Map<string, string>();

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'openers-'));
  const repository = await mkdtemp(join(scratch, 'repository-'));
  await commitFiles(repository, FILES);
  const many = await mkdtemp(join(scratch, 'many-'));
  await commitFiles(
    many,
    Array.from({ length: MANY }, (_, n) => ({ path: `d${n % 300}/f${n}`, content: 'x' })),
  );
  const archive = await archiveOf(repository);
  const streamed = await archiveOf(repository, { config: ['core.bigFileThreshold=1'] });
  const reRoot = (zip: Uint8Array, zip64Limits?: Zip64Limits) =>
    whole(reRootArchive(pieces(zip), { topFolder: 'strip', ...(zip64Limits !== undefined && { zip64Limits }) }));
  for (const [name, zip] of [
    ['written', await whole(writeZip(treeOf(repository)))],
    ['written, wide', await whole(writeZip(treeOf(repository), { zip64Limits: WIDE }))],
    ['copied', await whole(writePackedZip(packed(treeOf(repository))))],
    ['copied, wide', await whole(writePackedZip(packed(treeOf(repository)), { zip64Limits: WIDE }))],
    ['re-rooted', await reRoot(archive)],
    ['re-rooted, wide', await reRoot(archive, WIDE)],
    ['re-rooted, sizes after contents', await reRoot(streamed)],
    ['re-rooted, sizes after contents, wide', await reRoot(streamed, WIDE)],
    ['many', await reRoot(await archiveOf(many))],
  ] as const) {
    const file = join(scratch, `${name.replaceAll(/\W+/g, '-')}.zip`);
    await writeFile(file, zip);
    zips.set(name, file);
  }
}, 60_000);

afterAll(() => rm(scratch, { recursive: true, force: true }));

async function output([program, ...args]: readonly [string, ...string[]]): Promise<string> {
  const environment = { ...process.env, LC_ALL: 'C.UTF-8' };
  return (await run(program, args, { env: environment, maxBuffer: 64 * 1024 * 1024 })).stdout;
}

async function unpack({ unpack: command }: Opener, name: string): Promise<string> {
  const folder = await mkdtemp(join(scratch, 'unpacked-'));
  await output(command(zips.get(name) ?? '', folder));
  return folder;
}

/** Every file and link below a folder, as the committed files say them. */
async function unpacked(folder: string, knowsModes: boolean): Promise<CommittedFile[]> {
  const found = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((item) => !item.isDirectory());
  const files = found.map(async (item): Promise<CommittedFile> => {
    const file = join(item.parentPath, item.name);
    const path = relative(folder, file);
    if (item.isSymbolicLink()) return { path, mode: '120000', content: Buffer.from(await readlink(file)) };
    const isExecutable = knowsModes && ((await lstat(file)).mode & 0o100) !== 0;
    return { path, ...(isExecutable && { mode: '100755' }), content: await readFile(file) };
  });
  return (await Promise.all(files)).toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

const expected = (knowsModes: boolean) =>
  FILES.map(({ path, mode, content }) => ({
    path,
    ...(knowsModes && mode !== undefined && { mode }),
    content: Buffer.from(content),
  }));

for (const opener of OPENERS) {
  const { name, probe, knowsModes } = opener;

  describe.skipIf(!has(...probe))(`${name} (needs ${probe[0]})`, () => {
    it.each([
      'written',
      'written, wide',
      'copied',
      'copied, wide',
      're-rooted',
      're-rooted, wide',
      're-rooted, sizes after contents',
      're-rooted, sizes after contents, wide',
    ])('unpacks what was committed from a zip that was %s', async (zip) => {
      expect(await unpacked(await unpack(opener, zip), knowsModes)).toEqual(expected(knowsModes));
    });

    it('lists more than 65,535 files', async () => {
      const lines = await output(opener.list(zips.get('many') ?? ''));

      expect(lines.trim().split('\n')).toHaveLength(MANY);
    });
  });
}
