import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runGit } from './git-program.ts';

/** New content of a path; `null` removes it. */
export type FileContent =
  | string
  | Uint8Array
  | { readonly executable: string | Uint8Array }
  | { readonly symlink: string }
  /** A submodule at this commit. */
  | { readonly submodule: string }
  | null;

export interface CommitOptions {
  readonly message: string;
  readonly files: Readonly<Record<string, FileContent>>;
  /** Default `Ada Example <ada@example.com>`. */
  readonly author?: { readonly name: string; readonly email: string };
  /** ISO 8601 with offset. Default 2026-01-31T09:15:00+01:00. */
  readonly date?: string;
}

/** Adds one commit to a branch (or full ref) of a bare repository, without a work tree, and returns its SHA. */
export async function commitFiles(bareRepository: string, branch: string, options: CommitOptions): Promise<string> {
  const ref = branch.startsWith('refs/') ? branch : `refs/heads/${branch}`;
  const scratch = await mkdtemp(join(tmpdir(), 'gitsource-commit-'));
  try {
    const environment = { ...identity(options), GIT_INDEX_FILE: join(scratch, 'index') };
    const git = (args: string[], input?: string | Buffer) =>
      runGit(bareRepository, args, { environment, ...(input === undefined ? {} : { input }) });
    const parent = await git(['for-each-ref', '--format=%(objectname)', ref]);
    if (parent !== '') await git(['read-tree', parent]);
    const lines: Buffer[] = [];
    for (const [path, content] of Object.entries(options.files)) {
      lines.push(Buffer.from(`${await indexLine(git, content)}\t${path}\0`));
    }
    await git(['update-index', '--add', '-z', '--index-info'], Buffer.concat(lines));
    const tree = await git(['write-tree']);
    const parents = parent === '' ? [] : ['-p', parent];
    const commit = await git(['commit-tree', ...parents, tree], options.message);
    await git(['update-ref', ref, commit]);
    return commit;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

type Git = (args: string[], input?: string | Buffer) => Promise<string>;

async function indexLine(git: Git, content: FileContent): Promise<string> {
  if (content === null) return `0 ${'0'.repeat(40)}`;
  if (typeof content === 'string' || content instanceof Uint8Array) return `100644 ${await writeBlob(git, content)}`;
  if ('executable' in content) return `100755 ${await writeBlob(git, content.executable)}`;
  if ('symlink' in content) return `120000 ${await writeBlob(git, content.symlink)}`;
  return `160000 ${content.submodule}`;
}

function writeBlob(git: Git, content: string | Uint8Array): Promise<string> {
  return git(['hash-object', '-w', '--stdin'], Buffer.from(content));
}

function identity({ author, date }: CommitOptions): Record<string, string> {
  const { name, email } = author ?? { name: 'Ada Example', email: 'ada@example.com' };
  const when = date ?? '2026-01-31T09:15:00+01:00';
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: when,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: when,
  };
}
