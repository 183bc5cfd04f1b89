import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { PackedEntry } from '@gitsource/events';
import { afterAll, describe, expect, it } from 'vitest';
import { pieces, whole } from '../test/bytes.ts';
import { has, SEVEN_ZIP } from '../test/git-tree.ts';
import { readBack } from '../test/read-back.ts';
import { type CloneToZip, writeCloneZip } from './write-clone-zip.ts';
import type { Zip64Limits } from './zip-records.ts';

const scratch = mkdtempSync(join(tmpdir(), 'clone zip '));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const PACK_PATH = '.git/objects/pack/pack-1.pack';
const PACK = Buffer.concat([Buffer.from('PACK'), randomBytes(300_000)]);
const FILES = { '.git/HEAD': 'ref: refs/heads/main\n', 'src/a.ts': 'a\n'.repeat(1_000) };
/** As if everything were over 4 GiB and 65,535 entries. */
const WIDE: Zip64Limits = { bytes: 1_000, entries: 3 };

function entryOf(path: string, text: string): PackedEntry {
  const content = Buffer.from(text);
  const body = { packing: 'none', content: () => content } as const;
  const blob = createHash('sha1').update(content).digest('hex');
  return { path, kind: 'file', size: content.length, crc32: crc32(content), blob, body };
}

function cloneOf(
  pack: Uint8Array,
  pieceBytes: number,
  tree: Record<string, string> = { 'src/a.ts': FILES['src/a.ts'] },
) {
  const clone: CloneToZip = {
    pack: { path: PACK_PATH, chunks: () => pieces(pack, pieceBytes) },
    gitFolder: async function* () {
      yield entryOf('.git/HEAD', FILES['.git/HEAD']);
    },
    entries: async function* () {
      for (const [path, text] of Object.entries(tree)) yield entryOf(path, text);
    },
    emptyFolders: () => ['vendor/module'],
  };
  return clone;
}

async function zipFile(name: string, zip64Limits?: Zip64Limits): Promise<string> {
  const file = join(scratch, `${name}.zip`);
  writeFileSync(file, await whole(writeCloneZip(cloneOf(PACK, 10_000), { ...(zip64Limits && { zip64Limits }) })));
  return file;
}

describe('writeCloneZip', () => {
  it.each([0, 1, 65_534, 65_535, 65_536, 200_000])(
    'holds a pack of %i bytes, in whatever pieces it came',
    async (length) => {
      const pack = PACK.subarray(0, length);
      const zip = await whole(writeCloneZip(cloneOf(pack, 1_000)));
      const { content } = (await readBack(zip)).get(PACK_PATH) ?? {};

      expect(content?.equals(pack)).toBe(true);
      expect(zip.equals(await whole(writeCloneZip(cloneOf(pack, 150_000))))).toBe(true);
      expect(zip.length).toBeLessThan(length + 1_000);
    },
  );

  it.each([
    '.git',
    '.git/config',
    '.GIT/hooks/post-checkout',
    'git~1/config',
    '.git./config',
    '.git /config',
    '.git::$INDEX_ALLOCATION/config',
    '.git\\hooks\\post-checkout',
    '.g\u200cit/config',
    'sub/GIT~1/config',
  ])('refuses a tree with %s', async (path) => {
    await expect(whole(writeCloneZip(cloneOf(PACK, 10_000, { [path]: 'x' })))).rejects.toMatchObject({
      code: 'artifact/unsafe-path',
    });
  });

  it('rejects with what the pack throws', async () => {
    const clone = cloneOf(PACK, 10_000);
    const chunks = async function* () {
      yield PACK;
      throw new Error('cut off');
    };

    await expect(whole(writeCloneZip({ ...clone, pack: { path: PACK_PATH, chunks } }))).rejects.toThrow('cut off');
  });
});

const PYTHON = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])';
/** Reads a zip from its front, and never sees its directory. */
const JAVA = `
import java.io.*; import java.nio.file.*; import java.util.zip.*;
public class Unzip {
  public static void main(String[] args) throws IOException {
    try (var zip = new ZipInputStream(new FileInputStream(args[0]))) {
      for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
        Path file = Path.of(args[1], entry.getName());
        if (entry.isDirectory()) { Files.createDirectories(file); continue; }
        Files.createDirectories(file.getParent());
        Files.write(file, zip.readAllBytes());
      }
    }
  }
}`;

interface Opener {
  readonly probe: readonly [string, ...string[]];
  readonly unpack: (zip: string, folder: string) => readonly [string, ...string[]];
  /** Takes lengths of eight bytes only where more than four have come, or a header says so. */
  readonly onlyPlain?: boolean;
}

const OPENERS: Readonly<Record<string, Opener>> = {
  unzip: { probe: ['unzip', '-v'], unpack: (zip, folder) => ['unzip', '-q', zip, '-d', folder] },
  "Python's zipfile": { probe: ['python3', '-V'], unpack: (zip, folder) => ['python3', '-c', PYTHON, zip, folder] },
  bsdtar: { probe: ['bsdtar', '--version'], unpack: (zip, folder) => ['bsdtar', '-xf', zip, '-C', folder] },
  '7-Zip': { probe: [SEVEN_ZIP, 'i'], unpack: (zip, folder) => [SEVEN_ZIP, 'x', '-bd', '-y', `-o${folder}`, zip] },
  'bsdtar, from a pipe': {
    probe: ['bsdtar', '--version'],
    unpack: (zip, folder) => ['sh', '-c', `cat "$0" | bsdtar -xf - -C "$1"`, zip, folder],
    onlyPlain: true,
  },
  "Java's ZipInputStream": {
    probe: ['java', '-version'],
    unpack: (zip, folder) => {
      const source = join(scratch, 'Unzip.java');
      writeFileSync(source, JAVA);
      return ['java', source, zip, folder];
    },
    onlyPlain: true,
  },
};

for (const [name, { probe, unpack, onlyPlain = false }] of Object.entries(OPENERS)) {
  describe.skipIf(!has(...probe))(`${name} (needs ${probe[0]})`, () => {
    it.each(onlyPlain ? ['plain'] : ['plain', 'wide'])(
      'unpacks a clone whose zip is %s',
      async (kind) => {
        const zip = await zipFile(kind, kind === 'wide' ? WIDE : undefined);
        const folder = mkdtempSync(join(scratch, 'unpacked-'));
        const [program, ...args] = unpack(zip, folder);
        execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });

        expect(readFileSync(join(folder, PACK_PATH)).equals(PACK)).toBe(true);
        for (const [path, text] of Object.entries(FILES)) expect(readFileSync(join(folder, path), 'utf8')).toBe(text);
        expect(existsSync(join(folder, 'vendor/module')) && statSync(join(folder, 'vendor/module')).isDirectory()).toBe(
          true,
        );
      },
      30_000,
    );
  });
}
