import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { checkOutEntries, writePackedZip } from '@gitsource/artifact';
import { runGit } from '@gitsource/local-git';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readTree } from '../src/index.ts';
import { packCommit, pieces, type Repository, type RepositoryFile, Scratch } from './git-fixture.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

function has(program: string): boolean {
  try {
    execFileSync(program, ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function unpackedZip(repository: Repository): Promise<string> {
  const format = repository.sha.length === 64 ? 'sha256' : 'sha1';
  const { bytes } = await packCommit(repository);
  const tree = await readTree(pieces(bytes), format, repository.sha);
  const folder = scratch.newFolder();
  const zip = join(scratch.newFolder(), 'tree.zip');
  writeFileSync(zip, await buffer(writePackedZip(checkOutEntries(tree.entries()))));
  await tree.close();
  execFileSync('unzip', ['-q', zip, '-d', folder], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  return folder;
}

async function checkout({ folder, sha }: Repository): Promise<string> {
  const target = scratch.newFolder();
  await runGit(folder, ['--work-tree', target, 'checkout', '--quiet', '--force', sha, '--', '.']);
  return target;
}

/** Contents, links and executable bits; `diff` alone knows nothing of the last. */
function expectSame(left: string, right: string): void {
  execFileSync('diff', ['-r', '--no-dereference', left, right]);
  const executables = (folder: string) =>
    execFileSync('sh', ['-c', 'find . -type f -perm -u+x | LC_ALL=C sort'], { cwd: folder, encoding: 'utf8' });
  expect(executables(left)).toBe(executables(right));
}

const LINES = Array.from({ length: 2_000 }, (_, n) => `line ${n}: ${(n * 7_919) % 104_729}\n`);
const anyName = fc.constantFrom('a', 'b.txt', 'C', 'ünï', 'with space', '☃', 'a\\b', 'x'.repeat(200), '-rf', '.x');
const anyFile: fc.Arbitrary<RepositoryFile> = fc.record({
  path: fc.tuple(fc.nat(5), anyName, fc.nat(50)).map(([folder, name, n]) => `d${folder}/${name}${n}`),
  mode: fc.constantFrom('100644', '100755'),
  content: fc.oneof(
    fc
      .tuple(fc.nat(1_000), fc.nat(900), fc.string())
      .map(([at, length, extra]) => `${LINES.slice(at, at + length).join('')}${extra}`),
    fc.uint8Array({ maxLength: 100 }),
    fc.integer({ min: 1, max: 1_400_000 }).map((size) => randomBytes(size)),
    fc.constant(''),
  ),
});
const anyLine = fc.constantFrom(
  '* text=auto',
  '*1* eol=crlf',
  '* text=auto eol=crlf',
  'd1/** ident',
  '*.txt* -text',
  '*2 !eol',
);
const anyAttributes: fc.Arbitrary<RepositoryFile> = fc.record({
  path: fc.constantFrom('.gitattributes', 'd0/.gitattributes', 'd1/.gitattributes'),
  content: fc.array(anyLine, { maxLength: 4 }).map((lines) => lines.join('\n')),
});
const LINKS: readonly RepositoryFile[] = [
  { path: 'link', mode: '120000', content: 'd0/target' },
  { path: 'd0/up', mode: '120000', content: '../link' },
  { path: 'd0/target', content: 'target' },
  { path: 'd0/same', content: 'target' },
];

describe.skipIf(!has('unzip'))('a zip of a pack (needs unzip)', () => {
  it('unpacks to what a checkout has', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 9, arbitrary: anyFile }, anyAttributes), { maxLength: 40 }),
        fc.constantFrom('sha1', 'sha256'),
        async (files, format) => {
          const repository = await scratch.repository([...LINKS, ...files], format);
          expectSame(await unpackedZip(repository), await checkout(repository));
        },
      ),
      { numRuns: 10 },
    );
  }, 120_000);
});
