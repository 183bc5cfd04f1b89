import type { CommitSha, TreeEntry, TreeEntryKind } from '@gitsource/events';
import { ByteReader } from './byte-reader.ts';
import { GitError } from './errors.ts';
import { type GitContext, type StartedGit, startGit } from './git-process.ts';
import { parseTreePath } from './tree-path.ts';

export interface TreeRecord {
  readonly path: string;
  readonly kind: TreeEntryKind | 'submodule';
  readonly objectSha: string;
}

const KINDS: Readonly<Record<string, TreeRecord['kind']>> = {
  '100644': 'file',
  '100664': 'file',
  '100755': 'executable',
  '120000': 'symlink',
  '160000': 'submodule',
};

/** Lists a commit's paths in tree order, or only those at and below `paths`, while git prints them. */
export async function* listTree(
  context: GitContext,
  folder: string,
  sha: CommitSha,
  paths: readonly string[] = [],
): AsyncGenerator<TreeRecord> {
  const git = startGit(context, ['ls-tree', '-r', '-z', '--full-tree', sha, '--', ...paths], folder);
  git.stdin.end();
  try {
    const reader = new ByteReader(git.stdout);
    for (let line = await reader.readUntil(0); line !== undefined; line = await reader.readUntil(0)) {
      const tab = line.indexOf(9);
      const [mode = '', , objectSha = ''] = line.subarray(0, tab).toString('latin1').split(' ');
      const path = parseTreePath(line.subarray(tab + 1));
      const kind = KINDS[mode];
      if (kind === undefined)
        throw new GitError('git/path-unsafe', `The mode ${mode} of ${JSON.stringify(path)} is unknown to Git.`);
      yield { path, kind, objectSha };
    }
    await expectSuccess(git, `The tree of ${sha} cannot be read`);
  } finally {
    git.kill();
  }
}

/** How many contents are asked for before the first is read: enough that git never waits for us. */
const ASKED_AHEAD = 64;

/** Turns records into entries with content, read by one `git cat-file --batch` in the same order. */
export async function* readBlobs(
  context: GitContext,
  folder: string,
  records: AsyncIterable<TreeRecord>,
): AsyncGenerator<TreeEntry & { readonly record: TreeRecord }> {
  const git = startGit(context, ['cat-file', '--batch'], folder);
  const reader = new ByteReader(git.stdout);
  const source = records[Symbol.asyncIterator]();
  const asked: TreeRecord[] = [];
  let more = true;
  try {
    for (;;) {
      while (more && asked.length < ASKED_AHEAD) {
        const { done, value } = await source.next();
        if (done === true) more = false;
        else {
          asked.push(value);
          git.stdin.write(`${value.objectSha}\n`);
        }
      }
      const record = asked.shift();
      if (record === undefined) break;
      yield* oneBlob(reader, record);
    }
    git.stdin.end();
    await expectSuccess(git, 'The contents cannot be read');
  } finally {
    git.kill();
    await source.return?.();
  }
}

async function* oneBlob(
  reader: ByteReader,
  record: TreeRecord,
): AsyncGenerator<TreeEntry & { readonly record: TreeRecord }> {
  const header = (await reader.readUntil(10))?.toString('latin1') ?? '';
  const [, type, length = ''] = header.split(' ');
  if (type !== 'blob' || record.kind === 'submodule') {
    throw new GitError(
      'git/failed',
      `The content of ${JSON.stringify(record.path)} is missing (${header || 'git ended early'}).`,
    );
  }
  const size = Number(length);
  let left = size;
  async function* content(): AsyncGenerator<Uint8Array> {
    while (left > 0) {
      const part = await reader.read(left);
      if (part === undefined)
        throw new GitError('git/failed', `The content of ${JSON.stringify(record.path)} ended early.`);
      left -= part.length;
      yield part;
    }
  }
  yield { path: record.path, kind: record.kind, size, content, record };
  // What the caller left unread, then the line end after the content.
  for await (const _ of content());
  await reader.read(1);
}

async function expectSuccess(git: StartedGit, failure: string): Promise<void> {
  const { exitCode, stderr } = await git.finished;
  if (exitCode !== 0) throw new GitError('git/failed', `${failure}: ${stderr.trim().slice(0, 300)}`);
}
