import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { readBack } from './read-back.ts';

const scratch = mkdtempSync(join(tmpdir(), 'bundled threads '));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Zips 40 contents that are not deflated, which takes threads. */
const PROGRAM = `
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

it('deflates in threads when all is bundled into one minified file, far from its sources', async () => {
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: join(import.meta.dirname, '../src'), loader: 'ts' },
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
  execFileSync(process.execPath, [program, zip], { cwd: scratch });

  const found = await readBack(readFileSync(zip));
  expect(found.size).toBe(40);
  expect(found.get('f39')?.content.equals(Buffer.alloc(100_000, 'content 39'))).toBe(true);
});
