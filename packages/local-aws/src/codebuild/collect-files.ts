import type { Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { BuildFailure } from './build-failure.ts';
import type { ArtifactFiles } from './buildspec.ts';

export interface CollectedFile {
  /** In the zip, with slashes. */
  readonly name: string;
  readonly path: string;
  readonly stats: Stats;
}

/** Files of the build that the buildspec's patterns name, by name. */
export async function collectFiles(folder: string, declared: ArtifactFiles): Promise<CollectedFile[]> {
  const base = await baseFolder(folder, declared['base-directory']);
  const wanted = declared.files.map(globPattern);
  const excluded = (declared['exclude-paths'] ?? []).map(globPattern);
  const found: CollectedFile[] = [];
  for await (const name of walk(base, '')) {
    if (!wanted.some((pattern) => pattern.test(name)) || excluded.some((pattern) => pattern.test(name))) continue;
    const path = join(base, name);
    const stats = declared['enable-symlinks'] === true ? await lstat(path) : await stat(path).catch(() => undefined);
    if (stats === undefined || !(stats.isFile() || stats.isSymbolicLink())) continue;
    found.push({ name: declared['discard-paths'] === true ? basename(name) : name, path, stats });
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** `**` crosses folders, `*` and `?` do not. */
export function globPattern(glob: string): RegExp {
  const text = glob.replace(/^\.\//, '').replace(/\/$/, '/**/*');
  const source = text.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    return token === '?' ? '[^/]' : `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}

async function baseFolder(folder: string, name = '.'): Promise<string> {
  const base = resolve(folder, name);
  const real = await realpath(base).catch(() => undefined);
  if (real === undefined) throw new BuildFailure('CLIENT_ERROR', `no matching base directory path found for ${name}`);
  const root = await realpath(folder);
  if (real !== root && !real.startsWith(root + sep)) {
    throw new BuildFailure('CLIENT_ERROR', `base-directory ${name} leaves the source folder`);
  }
  return real;
}

async function* walk(base: string, folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(join(base, folder), { withFileTypes: true })) {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(base, name);
    else yield name;
  }
}
