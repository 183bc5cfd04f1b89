import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pieces, whole } from '../test/bytes.ts';
import { archiveOf, type CommittedFile, commitFiles, git, has, SEVEN_ZIP, treeOf } from '../test/git-tree.ts';
import { readBack } from '../test/read-back.ts';
import { type CheckedArchive, type ReRootArchiveOptions, reRootArchive } from './re-root-archive.ts';
import { writeZip } from './write-zip.ts';

const run = promisify(execFile);

let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 're-root-'));
});

afterAll(() => rm(scratch, { recursive: true, force: true }));

const folder = () => mkdtemp(join(scratch, 'case-'));

const reRooted = (archive: Uint8Array, options: Partial<ReRootArchiveOptions> = {}, pieceBytes?: number) =>
  whole(reRootArchive(pieces(archive, pieceBytes), { topFolder: 'strip', ...options }));

async function stored(name: string, zip: Uint8Array): Promise<string> {
  const file = join(await folder(), name);
  await writeFile(file, zip);
  return file;
}

const NOISE = randomBytes(2_500_000);
const TEXT = 'all work and no play makes a dull repository\n'.repeat(60_000);
const FILES: CommittedFile[] = [
  { path: '.github/workflows/ci.yml', content: 'on: push\n' },
  { path: '.gitignore', content: 'dist\n' },
  { path: 'README', content: 'upper\n' },
  { path: 'Readme', content: 'lower\n' },
  { path: 'bin/run.sh', mode: '100755', content: '#!/bin/sh\necho ran\n' },
  { path: 'bin/tool', mode: '100755', content: NOISE.subarray(0, 200_000) },
  { path: 'empty', content: '' },
  { path: 'empty.sh', mode: '100755', content: '' },
  { path: 'grüezi/日本語 mit Leerzeichen.txt', content: TEXT.slice(0, 5_000) },
  { path: 'links/dangling', mode: '120000', content: '../nowhere' },
  { path: 'links/run', mode: '120000', content: '../bin/run.sh' },
  { path: 'links/日本', mode: '120000', content: '../grüezi/日本語 mit Leerzeichen.txt' },
  { path: 'noise.bin', content: NOISE },
  { path: 'repo-1a2b3c4/repo-1a2b3c4/deep', content: 'named like the top folder' },
  { path: 'text.txt', content: TEXT },
  { path: 'version', content: '1.2.3' },
];

describe('reRootArchive of what git archive makes', () => {
  let repository: string;
  let commit: string;

  beforeAll(async () => {
    repository = await folder();
    commit = await commitFiles(repository, FILES);
  });

  it.each([
    ['as providers make it', {}],
    ['large files streamed, sizes after them', { config: ['core.bigFileThreshold=100k'] }],
    ['large files streamed and stored', { config: ['core.bigFileThreshold=100k'], level: 0 }],
    ['everything streamed', { config: ['core.bigFileThreshold=1'] }],
    ['under a longer folder name', { prefix: 'Größe Ω-main/' }],
  ])('gives what writeZip makes of the tree: %s', async (_name, options) => {
    const expected = await readBack(await whole(writeZip(treeOf(repository))));

    const found = await readBack(await reRooted(await archiveOf(repository, options)));

    expect(found).toEqual(expected);
    expect(found.size).toBe(FILES.length);
  });

  it('tells the commit, the folder and the sizes before the last bytes', async () => {
    const seen: CheckedArchive[] = [];

    await reRooted(await archiveOf(repository), { commit, onChecked: (checked) => seen.push(checked) });

    const unpackedBytes = FILES.reduce((sum, file) => sum + Buffer.from(file.content).length, 0);
    expect(seen).toEqual([{ comment: commit, topFolder: 'repo-1a2b3c4', entries: FILES.length, unpackedBytes }]);
  });

  it('refuses the archive of another commit', async () => {
    const wanted = 'a'.repeat(40);

    await expect(reRooted(await archiveOf(repository), { commit: wanted })).rejects.toMatchObject({
      code: 'artifact/archive-other-commit',
      fault: 'revision-moved',
      message: expect.stringContaining(`of commit ${commit}, and ${wanted} was asked for`),
    });
  });

  it('takes an archive whose comment names no commit', async () => {
    const tree = await git(repository, 'archive', '--format=zip', '--prefix=x/', 'main^{tree}');

    expect((await readBack(await reRooted(tree, { commit: 'a'.repeat(40) }))).size).toBe(FILES.length);
  });

  it.skipIf(!has('unzip', '-v'))('is unpacked with modes, links and names (needs unzip)', async () => {
    const file = await stored('out.zip', await reRooted(await archiveOf(repository)));
    const target = await folder();

    await run('unzip', ['-tq', file]);
    await run('unzip', ['-q', file, '-d', target], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });

    expect((await lstat(join(target, 'bin/tool'))).mode & 0o777).toBe(0o755);
    expect((await lstat(join(target, '.gitignore'))).mode & 0o777).toBe(0o644);
    expect(await readlink(join(target, 'links/run'))).toBe('../bin/run.sh');
    expect((await run(join(target, 'links/run'))).stdout).toBe('ran\n');
    expect(await readFile(join(target, 'links/日本'), 'utf8')).toBe(TEXT.slice(0, 5_000));
  });

  it('gives the same bytes wherever the chunks end', async () => {
    const small = await folder();
    await commitFiles(small, [
      { path: 'a/run', mode: '100755', content: TEXT.slice(0, 300) },
      { path: 'a/to', mode: '120000', content: 'run' },
      { path: 'b', content: '' },
      { path: 'c', content: NOISE.subarray(0, 40) },
    ]);
    for (const config of [[], ['core.bigFileThreshold=1']]) {
      const archive = await archiveOf(small, { config });
      const expected = await reRooted(archive, {}, archive.length);
      expect(await reRooted(archive, {}, 1)).toEqual(expected);
      for (let cut = 1; cut < archive.length; cut++) {
        const halves = pieces2(archive, cut);
        expect((await whole(reRootArchive(halves, { topFolder: 'strip' }))).equals(expected), `cut at ${cut}`).toBe(
          true,
        );
      }
    }
  });

  it('gives the same bytes for small and large chunks of long contents', async () => {
    const archive = await archiveOf(repository, { config: ['core.bigFileThreshold=100k'] });
    const expected = await reRooted(archive, {}, archive.length);

    for (const size of [97, 4_096, 65_536, 1_000_000]) {
      expect((await reRooted(archive, {}, size)).equals(expected), `chunks of ${size}`).toBe(true);
    }
  });

  it('keeps what the attributes export-ignore and export-subst make of the tree', async () => {
    const attributed = await folder();
    const sha = await commitFiles(attributed, [
      { path: '.gitattributes', content: 'version export-subst\nsecret export-ignore\n' },
      { path: 'secret', content: 'x' },
      { path: 'version', content: 'commit $Format:%H$' },
    ]);

    const found = await readBack(await reRooted(await archiveOf(attributed)));

    expect([...found.keys()]).toEqual(['.gitattributes', 'version']);
    expect(found.get('version')?.content.toString()).toBe(`commit ${sha}`);
  });

  it('leaves out the folder that stands for a submodule', async () => {
    const outer = await folder();
    await commitFiles(outer, [
      { path: 'library', mode: '160000', content: 'b'.repeat(40) },
      { path: 'own', content: 'x' },
    ]);

    expect([...(await readBack(await reRooted(await archiveOf(outer)))).keys()]).toEqual(['own']);
  });

  it.each(['repo/', ''])('makes an empty zip of an empty commit (prefix %j)', async (prefix) => {
    const empty = await folder();
    await commitFiles(empty, []);

    const found = await readBack(await reRooted(await archiveOf(empty, { prefix })));

    expect(found.size).toBe(0);
  });

  it('takes an archive without a top folder as it is', async () => {
    const expected = await readBack(await whole(writeZip(treeOf(repository))));

    const zip = await reRooted(await archiveOf(repository, { prefix: '' }), { topFolder: 'none' });

    expect(await readBack(zip)).toEqual(expected);
  });

  it('refuses an archive without a top folder where one is to be taken off', async () => {
    await expect(reRooted(await archiveOf(repository, { prefix: '' }))).rejects.toMatchObject({
      code: 'artifact/archive-top-folder',
      message: expect.stringContaining('".gitignore" lies beside the top folder'),
    });
  });

  it('counts more than 65,535 entries', { timeout: 60_000 }, async () => {
    const many = await folder();
    function* files(): Generator<CommittedFile> {
      for (let n = 0; n < 70_000; n++) yield { path: `d${n % 300}/f${n}`, content: `${n}` };
    }
    await commitFiles(many, files());

    const zip = await reRooted(await archiveOf(many));

    expect(zip.readUInt16LE(zip.length - 14)).toBe(0xffff);
    const found = await readBack(zip);
    expect(found.size).toBe(70_000);
    expect(found.get('d6/f6')?.content.toString()).toBe('6');
  });

  it.skipIf(!has('unzip', '-v') || !has('python3', '-V'))(
    'writes eight-byte sizes and offsets from the limit on (needs unzip and python3)',
    async () => {
      for (const config of [[], ['core.bigFileThreshold=100k']]) {
        const zip64Limits = { bytes: 150_000, entries: 3 };
        const zip = await reRooted(await archiveOf(repository, { config }), { zip64Limits });
        const file = await stored('wide.zip', zip);

        await run('unzip', ['-tq', file]);
        const script = 'import sys,zipfile; print(zipfile.ZipFile(sys.argv[1]).testzip())';
        expect((await run('python3', ['-c', script, file])).stdout).toBe('None\n');
        expect((await readBack(zip)).get('noise.bin')?.content.equals(NOISE)).toBe(true);
      }
    },
  );

  it('reads eight-byte sizes, offsets and counts', async () => {
    const zip64Limits = { bytes: 1_000, entries: 3 };
    const wide = await whole(writeZip(treeOf(repository), { zip64Limits }));
    const expected = await readBack(await whole(writeZip(treeOf(repository))));

    expect(await readBack(await reRooted(wide, { topFolder: 'none' }))).toEqual(expected);
    const again = await reRooted(wide, { topFolder: 'none', zip64Limits });
    expect(await readBack(await reRooted(again, { topFolder: 'none' }))).toEqual(expected);
  });
});

async function* pieces2(bytes: Uint8Array, cut: number): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, cut);
  yield bytes.subarray(cut);
}

describe('reRootArchive of what other programs make', () => {
  const PYTHON = `
import sys, zipfile
class Pipe:
    def __init__(self, out): self.out = out
    def write(self, data): return self.out.write(data)
    def flush(self): self.out.flush()
out = open(sys.argv[1], 'wb')
method = zipfile.ZIP_DEFLATED if sys.argv[3] == 'deflated' else zipfile.ZIP_STORED
z = zipfile.ZipFile(Pipe(out) if sys.argv[2] == 'piped' else out, 'w', method)
def add(name, data, mode):
    item = zipfile.ZipInfo(name)
    item.compress_type = method
    item.create_system = 3
    item.external_attr = mode << 16
    with z.open(item, 'w') as entry: entry.write(data)
add('top/', b'', 0o040755)
add('top/empty folder/', b'', 0o040755)
add('top/run.sh', b'#!/bin/sh\\n', 0o100755)
add('top/to', b'run.sh', 0o120777)
add('top/empty', b'', 0o100644)
add('top/gr\\u00fcezi.txt', b'hallo\\n' * 30, 0o100644)
add('top/PK.bin', b'PK\\x07\\x08PK' * 50000, 0o100600)
add('top/zeros', bytes(3000000), 0)
z.close()
`;

  it.skipIf(!has('python3', '-V')).each([
    ['seekable', 'deflated'],
    ['seekable', 'stored'],
    ['piped', 'deflated'],
    ['piped', 'stored'],
  ])("gives Python's entries (%s, %s; needs python3)", async (kind, method) => {
    const file = join(await folder(), 'python.zip');
    await run('python3', ['-c', PYTHON, file, kind, method]);

    const zip = await reRooted(await readFile(file));
    const found = await readBack(zip);

    const script = 'import sys,zipfile; print(zipfile.ZipFile(sys.argv[1]).testzip())';
    expect((await run('python3', ['-c', script, await stored('out.zip', zip)])).stdout).toBe('None\n');
    expect([...found].map(([path, { mode, content }]) => [path, mode.toString(8), content.length])).toEqual([
      ['run.sh', '100755', 10],
      ['to', '120777', 6],
      ['empty', '100644', 0],
      ['grüezi.txt', '100644', 180],
      ['PK.bin', '100644', 300_000],
      ['zeros', '100644', 3_000_000],
    ]);
    expect(found.get('PK.bin')?.content.equals(Buffer.from('PK\x07\x08PK'.repeat(50_000)))).toBe(true);
  });

  async function workingTree(): Promise<string> {
    const base = await folder();
    await mkdir(join(base, 'top/sub'), { recursive: true });
    await mkdir(join(base, 'top/hollow'));
    await writeFile(join(base, 'top/run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    await writeFile(join(base, 'top/sub/grüezi.txt'), TEXT);
    await writeFile(join(base, 'top/noise'), NOISE);
    await symlink('sub/grüezi.txt', join(base, 'top/to'));
    return base;
  }

  const PROGRAMS: [string, [string, ...string[]], string[]][] = [
    ['zip', ['zip', '-v'], ['zip', '-qry', 'out.zip', 'top']],
    ['zip through a pipe', ['zip', '-v'], ['sh', '-c', 'zip -qry - top > out.zip']],
    ['bsdtar', ['bsdtar', '--version'], ['bsdtar', '-acf', 'out.zip', 'top']],
    ['7-Zip', [SEVEN_ZIP, 'i'], [SEVEN_ZIP, 'a', '-tzip', '-snl', '-mcu=on', 'out.zip', 'top']],
  ];

  for (const [name, probe, [program = '', ...args]] of PROGRAMS) {
    it.skipIf(!has(...probe))(`gives the files of ${name} (needs ${probe[0]})`, async () => {
      const base = await workingTree();
      await run(program, args, { cwd: base, env: { ...process.env, LC_ALL: 'C.UTF-8' } });

      const found = await readBack(await reRooted(await readFile(join(base, 'out.zip'))));

      expect(new Map([...found].map(([path, entry]) => [path, entry.mode.toString(8)]))).toEqual(
        new Map([
          ['run.sh', '100755'],
          ['sub/grüezi.txt', '100644'],
          ['noise', '100644'],
          ['to', '120777'],
        ]),
      );
      expect(found.get('noise')?.content.equals(NOISE)).toBe(true);
      expect(found.get('sub/grüezi.txt')?.content.toString()).toBe(TEXT);
      expect(found.get('to')?.content.toString()).toBe('sub/grüezi.txt');
    });
  }
});
