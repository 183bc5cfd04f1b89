import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The tracked TypeScript of packages and apps that ships or runs, tests and fixtures left out. */
const SOURCES = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'packages/*.ts', 'apps/*.ts'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\/src\/.*\.ts$/.test(file) && !/\.test\.ts$|\/fixtures\//.test(file));
const DEVELOPMENT_ONLY = /^(packages\/(local-aws|local-git|bundle)|apps\/local)\//;
const SHIPPED = SOURCES.filter((file) => !DEVELOPMENT_ONLY.test(file));

function offenders(files: readonly string[], pattern: RegExp): string[] {
  return files.filter((file) => pattern.test(withoutComments(readFileSync(file, 'utf8'))));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

describe('house rules', () => {
  it('finds the sources it checks', () => {
    expect(SHIPPED.length).toBeGreaterThan(40);
  });

  it("reads the environment only in an app's index.ts", () => {
    expect(
      offenders(
        SHIPPED.filter((file) => !/^apps\/[^/]+\/src\/index\.ts$/.test(file)),
        /process\.env\b/,
      ),
    ).toEqual([]);
  });

  it("builds AWS clients only in an app's index.ts, and the job-credential client in artifact/upload", () => {
    const allowed = /^apps\/[^/]+\/src\/index\.ts$|^packages\/artifact\/src\/upload[^/]*\.ts$/;
    expect(
      offenders(
        SHIPPED.filter((file) => !allowed.test(file)),
        /new [A-Z]\w*Client\(/,
      ),
    ).toEqual([]);
  });

  it('starts child processes only in packages/git', () => {
    const others = SHIPPED.filter((file) => !file.startsWith('packages/git/'));
    expect(offenders(others, /node:child_process/)).toEqual([]);
  });

  it('makes outgoing HTTP requests only in packages/runtime', () => {
    const others = SHIPPED.filter((file) => !file.startsWith('packages/runtime/'));
    expect(offenders(others, /from 'node:https?'|\bfetch\(/)).toEqual([]);
  });

  it('lets packages import only what the layout allows', () => {
    const level0 = ['events', 'runtime'];
    const middle = ['job-protocol', 'git', 'pack', 'artifact', 'providers'];
    const wrong: string[] = [];
    for (const file of SHIPPED) {
      const [top, owner] = file.split('/') as [string, string];
      for (const [, imported = ''] of readFileSync(file, 'utf8').matchAll(/from '@gitsource\/([a-z-]+)/g)) {
        const fine =
          top === 'apps'
            ? [...level0, ...middle, 'lanes'].includes(imported)
            : owner === 'lanes'
              ? [...level0, ...middle].includes(imported)
              : middle.includes(owner)
                ? level0.includes(imported)
                : owner === 'runtime' && imported === 'events';
        if (!fine) wrong.push(`${file} imports ${imported}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('names no file after a drawer', () => {
    const drawers = /(^|-)(helpers?|utils?|managers?|common|misc)(-|\.|$)/;
    expect(SOURCES.filter((file) => drawers.test(basename(file, '.ts')))).toEqual([]);
  });

  it('keeps registry hosts and machine paths out of tracked files', () => {
    // Exit 1 of `git grep` means that nothing matched, which is what we want.
    const grep = spawnSync(
      'git',
      [
        'grep',
        '-lIE',
        `registry\\.(npmjs|yarnpkg)|artifactory|/home/[a-z]+/|/Users/[A-Za-z]+/|${process.cwd()}/`,
        '--',
        '.',
        ':!test/house-rules.test.ts',
      ],
      { encoding: 'utf8' },
    );
    expect({ status: grep.status, files: grep.stdout }).toEqual({ status: 1, files: '' });
  });
});
