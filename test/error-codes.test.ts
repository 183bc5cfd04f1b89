import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const CODE =
  /'((?:events|runtime|job-protocol|git|pack|artifact|providers|lanes|custom-action|archive-download|commit-status|pipeline-trigger|source-clone|source-fetch|ssh-key-pair|webhook-receiver|webhook-register|local)\/[a-z0-9]+(?:-[a-z0-9]+)*)'/g;

function codesInSources(): string[] {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'packages/*.ts', 'apps/*.ts'], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter(
      (file) =>
        /\/src\//.test(file) && !/\.test\.ts$|\/fixtures\/|^packages\/(local-aws|local-git|bundle)\//.test(file),
    );
  const codes = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(CODE)].map(([, code = '']) => code));
  return [...new Set(codes)].sort();
}

function codesInDocs(): string[] {
  const headings = readFileSync('docs/troubleshooting.md', 'utf8').matchAll(/^\| `([a-z-]+\/[a-z0-9-]+)` \|/gm);
  return [...headings].map(([, code = '']) => code).sort();
}

describe('docs/troubleshooting.md', () => {
  it('lists every error code once, and no other', () => {
    expect(codesInDocs()).toEqual(codesInSources());
  });
});
