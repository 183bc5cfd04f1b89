import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const CLI = join(import.meta.dirname, '../src/cli.ts');
const HELLO_APP = join(import.meta.dirname, 'fixtures/hello-app');

function has(tool: string): boolean {
  try {
    execFileSync(tool, ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('bundle', () => {
  let scratch: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'bundle-'));
  });

  afterAll(() => rm(scratch, { recursive: true, force: true }));

  async function bundleCopy(name: string, timeZone: string): Promise<string> {
    const folder = join(scratch, name);
    await cp(HELLO_APP, folder, { recursive: true });
    await run(process.execPath, [CLI], { cwd: folder, env: { ...process.env, TZ: timeZone } });
    return folder;
  }

  it('gives the same bytes from any path in any time zone', async () => {
    const here = await bundleCopy('here', 'America/Los_Angeles');
    const there = await bundleCopy('deeper than there', 'Asia/Tokyo');

    const [one, two] = await Promise.all(
      [here, there].map((folder) => readFile(join(folder, 'dist/hello-app.zip'), 'latin1')),
    );

    expect(one).toBe(two);
    expect(one).not.toContain(scratch);
  });

  it.skipIf(!has('unzip'))('runs after unzip, without its sources (needs unzip)', async () => {
    const folder = await bundleCopy('run', 'UTC');
    const target = join(scratch, 'unpacked');

    await run('unzip', ['-q', join(folder, 'dist/hello-app.zip'), '-d', target]);
    const { stdout } = await run(process.execPath, [join(target, 'index.mjs'), 'Vreni'], { cwd: scratch });

    expect(stdout).toBe('Grüezi Vreni, Grüezi Vreni, ade from unpacked, without extras\n\n');
    expect(await readFile(join(target, 'index.mjs'), 'utf8')).toContain('Licence text that must stay');
  });

  it('says what each file holds', async () => {
    const folder = await bundleCopy('meta', 'UTC');

    const meta = await readFile(join(folder, 'dist/hello-app.meta.json'), 'utf8');

    expect(meta).toContain('src/greet.ts');
    expect(meta).not.toContain(scratch);
  });

  it('refuses an unknown target, by name', async () => {
    const folder = join(scratch, 'old');
    await cp(HELLO_APP, folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{"name":"old","gitsource":{"target":"node6"}}');

    await expect(run(process.execPath, [CLI], { cwd: folder })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/"gitsource.target" is "node6"; use one of node22, node24/),
    });
  });

  it('fails with file and line when a source does not parse', async () => {
    const folder = join(scratch, 'broken');
    await cp(HELLO_APP, folder, { recursive: true });
    await writeFile(join(folder, 'src/greet.ts'), 'export const = 1;');

    await expect(run(process.execPath, [CLI], { cwd: folder })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('src/greet.ts:1'),
    });
  });
});
