import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { writeCloneZip } from '@gitsource/artifact';
import { type CommitSha, parseCommitSha } from '@gitsource/events';
import { runGit } from '@gitsource/local-git';
import {
  fetchPack,
  listRefs,
  openSession,
  type PackedClone,
  type PackLimits,
  packClone,
  type RemoteRef,
  type Session,
} from '../src/index.ts';
import { createChannelTransport } from './channel-transport.ts';
import type { Scratch } from './git-fixture.ts';

export const ORIGIN = 'https://git.example.com/team/app.git';

export interface CloneOptions {
  readonly ref?: string;
  readonly sha?: CommitSha;
  readonly limits?: Partial<PackLimits>;
}

/** Does something with a bare repository's clone, by way of one `git upload-pack`. */
export function withClone<T>(
  repository: string,
  { ref = 'refs/heads/main', sha, limits = {} }: CloneOptions,
  use: (clone: PackedClone) => Promise<T>,
): Promise<T> {
  return withSession(repository, async (session) => {
    const refs = await listRefs(session, ['refs/heads/', 'refs/tags/', ref]);
    const head = refs.find(({ name }) => name === ref);
    if (head === undefined) throw new Error(`no ${ref}`);
    const wanted = { refs, head, sha: sha ?? head.peeled ?? head.sha, url: ORIGIN };
    const clone = await packClone(session, wanted, { limits });
    try {
      return await use(clone);
    } finally {
      await clone.close();
    }
  });
}

/** What a clone is made of: the pack of all branches and tags, as the server sends it. */
export function packOf(repository: string): Promise<{ readonly bytes: Buffer; readonly refs: readonly RemoteRef[] }> {
  return withSession(repository, async (session) => {
    const refs = await listRefs(session, ['refs/heads/', 'refs/tags/']);
    const ids = [...new Set(refs.map(({ sha }) => sha))];
    return { refs, bytes: await buffer(fetchPack(session, ids, { depth: 'all' })) };
  });
}

async function withSession<T>(repository: string, use: (session: Session) => Promise<T>): Promise<T> {
  const transport = createChannelTransport(repository);
  try {
    const session = await openSession(transport);
    if (session === 'unsupported') throw new Error('git speaks version 2');
    return await use(session);
  } finally {
    transport.close();
  }
}

/** A clone as `unzip` unpacks its zip. */
export async function unpackClone(scratch: Scratch, repository: string, options: CloneOptions = {}): Promise<string> {
  const folder = scratch.newFolder();
  const zip = join(scratch.newFolder(), 'clone.zip');
  writeFileSync(zip, await withClone(repository, options, zipOf));
  execFileSync('unzip', ['-q', zip, '-d', folder], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  return folder;
}

export function zipOf(clone: PackedClone): Promise<Buffer> {
  return buffer(writeCloneZip({ ...clone, emptyFolders: () => clone.submodules.map(({ path }) => path) }));
}

/** The same by git's own clone, on a branch or detached, with its refs as `packages/git` lays them out. */
export async function cloneByGit(
  scratch: Scratch,
  repository: string,
  { ref = 'refs/heads/main', sha }: CloneOptions = {},
): Promise<string> {
  const folder = scratch.newFolder();
  const git = (...args: string[]) => runGit(folder, args);
  const format = await runGit(repository, ['rev-parse', '--show-object-format']);
  await git(
    '-c',
    'core.logAllRefUpdates=false',
    'init',
    '--quiet',
    '--template=',
    `--object-format=${format}`,
    '--initial-branch=main',
    '.',
  );
  await git('remote', 'add', 'origin', ORIGIN);
  const refspecs = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
  if (!/^refs\/(?:heads|tags)\//.test(ref)) refspecs.push(`+${ref}:${ref}`);
  await git('fetch', '--quiet', '--no-write-fetch-head', repository, ...refspecs);
  const commit = sha ?? (await runGit(repository, ['rev-parse', `${ref}^{commit}`]));
  const branch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
  if (branch === undefined) await git('update-ref', '--no-deref', 'HEAD', commit);
  else {
    await git('update-ref', ref, commit);
    await git('symbolic-ref', 'HEAD', ref);
    await git('config', `branch.${branch}.remote`, 'origin');
    await git('config', `branch.${branch}.merge`, ref);
  }
  await git('reset', '--hard', '--quiet');
  await git('pack-refs', '--all');
  return folder;
}

/** What git says of a clone: everything but how it is stored. */
export async function describeClone(folder: string) {
  const git = (...args: string[]) => runGit(folder, args);
  return {
    status: await git('status', '--porcelain=v1', '--branch', '--untracked-files=all'),
    refs: await git('for-each-ref', '--format=%(objectname) %(objecttype) %(refname) %(*objectname)'),
    head: await git('rev-parse', '--symbolic-full-name', 'HEAD'),
    commit: await git('rev-parse', 'HEAD'),
    log: await git('log', '--all', '--date-order', '--format=%H %P %T %an %s'),
    config: (await git('config', '--local', '--list')).split('\n').sort(),
    index: await git('ls-files', '--stage', '-z'),
    objects: (await git('rev-list', '--all', '--objects')).split('\n').sort(),
  };
}

/** Fails where git finds anything wrong with a repository. */
export async function expectSound(folder: string): Promise<void> {
  await runGit(folder, ['fsck', '--full', '--strict', '--no-dangling']);
  const packs = execFileSync('sh', ['-c', 'ls .git/objects/pack/*.idx'], { cwd: folder, encoding: 'utf8' });
  for (const pack of packs.trim().split('\n')) await runGit(folder, ['verify-pack', '-v', pack]);
}

/** Everything that branches and tags lead to. */
export async function objectsOf(repository: string): Promise<string[]> {
  const listed = await runGit(repository, ['rev-list', '--all', '--objects']);
  return listed.split('\n').map((line) => line.slice(0, line.search(/ |$/)));
}

/** A pack of exactly these objects, without deltas. */
export async function packOfObjects(repository: string, objects: readonly string[]): Promise<Buffer> {
  const base = join(repository, 'made');
  const name = await runGit(repository, ['pack-objects', '--quiet', '--window=0', base], {
    input: `${objects.join('\n')}\n`,
  });
  return readFileSync(`${base}-${name}.pack`);
}

/** Commits by `git fast-import`, whose stream is given as lines. */
export async function importHistory(
  scratch: Scratch,
  stream: string,
  format: 'sha1' | 'sha256' = 'sha1',
): Promise<string> {
  const folder = scratch.newFolder();
  mkdirSync(folder, { recursive: true });
  await runGit(folder, ['init', '--quiet', '--bare', '--initial-branch=main', `--object-format=${format}`]);
  await runGit(folder, ['fast-import', '--quiet', '--date-format=raw'], { input: stream });
  return folder;
}

export async function shaOf(folder: string, revision: string): Promise<CommitSha> {
  return parseCommitSha(await runGit(folder, ['rev-parse', revision]));
}
