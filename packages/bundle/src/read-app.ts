import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BundleError } from './errors.ts';

/** esbuild's names of the Node versions that AWS runs: Lambda `nodejs24.x`, CodeBuild's current images. */
const TARGETS = ['node22', 'node24'] as const;

export interface App {
  /** The package name without its scope, which is also the zip's: `custom-action`. */
  readonly name: string;
  readonly target: (typeof TARGETS)[number];
}

/** Reads `package.json` of an app's folder: `{"name": "@gitsource/source-clone", "gitsource": {"target": "node22"}}`. Default target: node24. */
export async function readApp(folder: string): Promise<App> {
  const file = join(folder, 'package.json');
  const manifest: unknown = JSON.parse(await readFile(file, 'utf8'));
  const name = property(manifest, 'name');
  if (typeof name !== 'string') throw new BundleError(`${file} has no "name"; the zip is named after it.`);
  const wanted = property(property(manifest, 'gitsource'), 'target') ?? 'node24';
  const target = TARGETS.find((known) => known === wanted);
  if (target === undefined) {
    throw new BundleError(
      `${file}: "gitsource.target" is ${JSON.stringify(wanted)}; use one of ${TARGETS.join(', ')}.`,
    );
  }
  return { name: name.replace(/^@[^/]*\//, ''), target };
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([k]) => k === key)?.[1] : undefined;
}
