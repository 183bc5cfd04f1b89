import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const LOCKFILE = readFileSync('pnpm-lock.yaml', 'utf8');
const PLATFORMS = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64'];

/** How each tool names its binaries; turbo writes x64 as 64, others add the C library on Linux. */
const BINARIES: readonly ((platform: string) => string)[] = [
  (platform) => `'@turbo/${platform.replace('x64', '64')}@`,
  (platform) => `'@biomejs/cli-${platform}@`,
  (platform) => `'@esbuild/${platform}@`,
  (platform) => `'@oxlint/binding-${platform.replace(/^linux.*/, '$&-gnu')}@`,
  (platform) => `'@oxlint-tsgolint/${platform}@`,
  (platform) => `'@typescript/typescript-${platform}@`,
  (platform) => `'@rolldown/binding-${platform.replace(/^linux.*/, '$&-gnu')}@`,
];

describe('pnpm-lock.yaml', () => {
  it.each(PLATFORMS)('has every tool for %s: some releases of them lack one', (platform) => {
    expect(BINARIES.map((name) => name(platform)).filter((name) => !LOCKFILE.includes(name))).toEqual([]);
  });

  it('names no registry', () => {
    expect(LOCKFILE).not.toMatch(/resolved|tarball: http/);
  });
});
