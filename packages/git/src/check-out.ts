import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CommitSha } from '@gitsource/events';
import { ByteReader } from './byte-reader.ts';
import { conversionAttributes, type PathAttributes } from './conversion-attributes.ts';
import { GitError } from './errors.ts';
import { type GitContext, type GitResult, runGit, startGit } from './git-process.ts';
import { listTree } from './read-tree.ts';
import { attributesAbove } from './sparse-paths.ts';

/** Files that a checkout converts, as it writes them. */
export interface CheckedOut {
  /** By path: the attributes that ask for it. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  readonly fileOf: (path: string) => string;
  readonly dispose: () => Promise<void>;
}

export interface CommitOnDisk {
  /** A bare repository. */
  readonly folder: string;
  readonly sha: CommitSha;
  /** Only these are looked at; empty for all. */
  readonly paths: readonly string[];
}

/** Attributes without which a checkout on Linux changes nothing, but for filters, which have no driver here. */
const MAY_CONVERT = /eol=crlf|ident|working-tree-encoding/;

/**
 * Lets git write those files of a commit that its `.gitattributes` convert on checkout, and only them, into a folder of their own
 * beside the repository. Undefined where there are none, which is seen without an index where no `.gitattributes` speaks of it.
 */
export async function checkOutConverted(context: GitContext, commit: CommitOnDisk): Promise<CheckedOut | undefined> {
  // The fetch's own time may be over by now, and files are written without a word.
  const timed = { ...context, deadline: Date.now() + context.totalMs, idleMs: context.totalMs };
  if (!(await mayConvert(timed, commit))) return undefined;
  const place = await mkdtemp(`${resolve(commit.folder)}-checkout-`);
  const dispose = () => rm(place, { recursive: true, force: true });
  try {
    const attributes = await writeConverted(timed, commit, place);
    if (attributes.size === 0) await dispose();
    return attributes.size === 0 ? undefined : { attributes, fileOf: (path) => join(place, FILES, path), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

const FILES = 'files';

/** Reads all `.gitattributes` in one go: their words tell whether it is worth to ask git what they mean. */
async function mayConvert(context: GitContext, { folder, sha, paths }: CommitOnDisk): Promise<boolean> {
  const above = paths.length === 0 ? [] : attributesAbove(paths);
  const args = ['ls-tree', '-r', '-z', '--full-tree', sha, '--', ...paths, ...above];
  const listing = succeeded(await runGit(context, args, { folder }), `The tree of ${sha} cannot be read`);
  const found = listing.matchAll(/ blob ([0-9a-f]+)\t(?:[^\0]*\/)?\.gitattributes\0/g);
  const ids = new Set(Array.from(found, ([, id = '']) => id));
  if (ids.size === 0) return false;
  const input = `${[...ids].join('\n')}\n`;
  const { stdout, exitCode } = await runGit(context, ['cat-file', '--batch'], { folder, input });
  return exitCode !== 0 || MAY_CONVERT.test(stdout);
}

/** With an index of the commit and an empty work tree, all attributes are those of the commit. */
async function writeConverted(
  context: GitContext,
  commit: CommitOnDisk,
  place: string,
): Promise<CheckedOut['attributes']> {
  const workTree = join(place, 'empty');
  await mkdir(workTree);
  const environment = {
    ...context.environment,
    GIT_DIR: resolve(commit.folder),
    GIT_INDEX_FILE: join(place, 'index'),
    GIT_WORK_TREE: workTree,
  };
  const inPlace = { ...context, environment };
  const git = async (args: readonly string[], input?: string) => {
    // The names were checked by us; those that only Windows and macOS mistake for `.git` are files like others.
    const settings = ['-c', 'core.protectNTFS=false', '-c', 'core.protectHFS=false'];
    const result = await runGit(inPlace, [...settings, ...args], {
      folder: workTree,
      ...(input !== undefined && { input }),
    });
    return succeeded(result, `The files of ${commit.sha} cannot be checked out`);
  };
  await git(['read-tree', commit.sha]);
  const converted = new Map<string, readonly string[]>();
  for await (const attributes of readAttributes(inPlace, commit, workTree)) {
    const names = conversionAttributes(attributes);
    if (names.length > 0) converted.set(attributes.path, names);
  }
  const names = [...converted.keys()].map((path) => `${path}\0`).join('');
  if (names !== '') await git(['checkout-index', '-z', '--stdin', `--prefix=${join(place, FILES)}/`], names);
  return converted;
}

/** What `git check-attr` says of each file of which anything is said. */
async function* readAttributes(
  context: GitContext,
  commit: CommitOnDisk,
  workTree: string,
): AsyncGenerator<PathAttributes> {
  const git = startGit(context, ['check-attr', '--cached', '-z', '-a', '--stdin'], workTree);
  const asked = pipeline(Readable.from(filesOf(context, commit)), git.stdin);
  // Where git ends early, its status says why.
  asked.catch(() => undefined);
  try {
    const reader = new ByteReader(git.stdout);
    let path = '';
    let values = new Map<string, string>();
    for (let field = await reader.readUntil(0); field !== undefined; field = await reader.readUntil(0)) {
      const next = field.toString();
      if (next !== path && values.size > 0) {
        yield { path, values };
        values = new Map();
      }
      path = next;
      const name = (await reader.readUntil(0))?.toString() ?? '';
      values.set(name, (await reader.readUntil(0))?.toString() ?? '');
    }
    if (values.size > 0) yield { path, values };
    const { exitCode, stderr } = await git.finished;
    succeeded({ exitCode, stderr, stdout: '' }, `The attributes of ${commit.sha} cannot be read`);
    await asked;
  } finally {
    git.kill();
  }
}

async function* filesOf(context: GitContext, { folder, sha, paths }: CommitOnDisk): AsyncGenerator<string> {
  for await (const { path, kind } of listTree(context, folder, sha, paths)) {
    if (kind === 'file' || kind === 'executable') yield `${path}\0`;
  }
}

function succeeded({ exitCode, stdout, stderr }: GitResult, failure: string): string {
  if (exitCode === 0) return stdout;
  if (/No space left on device|Disk quota exceeded/.test(stderr)) {
    throw new GitError('git/disk-full', `${failure}: the disk is full. Give the build more storage.`);
  }
  throw new GitError('git/failed', `${failure}: ${stderr.trim().slice(0, 300)}`);
}
