import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { makeZip } from './make-zip.ts';
import { readBack } from './read-back.ts';

const scratch = mkdtempSync(join(tmpdir(), 'bundled threads '));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Zips 40 contents that are not deflated, which takes threads. */
const DEFLATING = `
import { writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { writePackedZip } from './write-packed-zip.ts';
async function* entries() {
  for (let n = 0; n < 40; n++) {
    const content = Buffer.alloc(100_000, 'content ' + n);
    const body = { packing: 'none', content: () => content };
    yield { path: 'f' + n, kind: 'file', size: content.length, crc32: crc32(content), blob: '', body };
  }
}
const chunks = [];
for await (const chunk of writePackedZip(entries(), { threads: 2 })) chunks.push(chunk);
writeFileSync(process.argv[2], Buffer.concat(chunks));
`;

/** Re-roots an archive that is long enough for a thread to check it. */
const CHECKING = `
import { readFileSync, writeFileSync } from 'node:fs';
import { reRootArchive } from './re-root-archive.ts';
async function* archive() {
  yield readFileSync(process.argv[3]);
}
const chunks = [];
for await (const chunk of reRootArchive(archive(), { topFolder: 'strip', threads: 1 })) chunks.push(chunk);
writeFileSync(process.argv[2], Buffer.concat(chunks));
`;

/** Bundles the program into one minified file, far from its sources, runs it, and gives the zip that it wrote. */
async function zipOf(source: string, ...args: string[]): Promise<Buffer> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: join(import.meta.dirname, '../src'), loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    conditions: ['@gitsource/source', 'module'],
    minify: true,
  });
  const program = join(scratch, 'index.mjs');
  writeFileSync(program, outputFiles[0]?.contents ?? '');
  const zip = join(scratch, 'out.zip');
  execFileSync(process.execPath, [program, zip, ...args], { cwd: scratch, stdio: ['ignore', 'inherit', 'pipe'] });
  return readFileSync(zip);
}

it('deflates in threads when it is bundled', async () => {
  const found = await readBack(await zipOf(DEFLATING));

  expect(found.size).toBe(40);
  expect(found.get('f39')?.content.equals(Buffer.alloc(100_000, 'content 39'))).toBe(true);
});

it('checks an archive in threads when it is bundled', async () => {
  const archive = join(scratch, 'archive.zip');
  const entries = Array.from({ length: 300 }, (_, n) => ({
    name: `top/f${n}`,
    content: Buffer.alloc(100_000, `content ${n}`),
    deflate: true,
  }));
  writeFileSync(archive, makeZip(entries));

  const found = await readBack(await zipOf(CHECKING, archive));
  expect(found.size).toBe(300);
  expect(found.get('f299')?.content.equals(Buffer.alloc(100_000, 'content 299'))).toBe(true);

  writeFileSync(archive, makeZip(entries.map((entry, n) => (n === 250 ? { ...entry, crc: 1 } : entry))));
  await expect(zipOf(CHECKING, archive)).rejects.toThrow('"top/f250" has');
});
