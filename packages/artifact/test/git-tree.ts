import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import type { TreeEntry, TreeEntryKind } from '@gitsource/events';

const run = promisify(execFile);
const MAX_BUFFER = 512 * 1024 * 1024;

/** Whether a program of this machine can be run. */
export function has(...command: [string, ...string[]]): boolean {
  try {
    execFileSync(command[0], command.slice(1), { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Its own package calls it 7zz, the older port 7z. */
export const SEVEN_ZIP = has('7zz', 'i') ? '7zz' : '7z';

const ENVIRONMENT = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};

/** Git without the user's configuration; its output. */
export async function git(folder: string, ...args: string[]): Promise<Buffer> {
  const options = { cwd: folder, env: ENVIRONMENT, encoding: 'buffer', maxBuffer: MAX_BUFFER } as const;
  return (await run('git', args, options)).stdout;
}

export interface CommittedFile {
  readonly path: string | Buffer;
  readonly mode?: '100644' | '100755' | '120000' | '160000';
  readonly content: string | Uint8Array;
}

/** Commits exactly these files, by `git fast-import`: names and counts that no working tree need hold. */
export async function commitFiles(folder: string, files: Iterable<CommittedFile>): Promise<string> {
  await git(folder, 'init', '-q', '--bare', '.');
  const child = execFile('git', ['fast-import', '--quiet', '--force', '--date-format=raw'], {
    cwd: folder,
    env: ENVIRONMENT,
  });
  const input: Buffer[] = [
    Buffer.from('commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\ndata 1\nx\n'),
  ];
  for (const { path, mode = '100644', content } of files) {
    const name = Buffer.from(path);
    if (mode === '160000') {
      input.push(Buffer.from(`M 160000 ${Buffer.from(content).toString()} `), name, Buffer.from('\n'));
      continue;
    }
    const bytes = Buffer.from(content);
    input.push(
      Buffer.from(`M ${mode} inline `),
      name,
      Buffer.from(`\ndata ${bytes.length}\n`),
      bytes,
      Buffer.from('\n'),
    );
  }
  child.stdin?.end(Buffer.concat(input));
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) throw new Error(`git fast-import ended with ${String(exitCode)}`);
  return (await git(folder, 'rev-parse', 'main')).toString().trim();
}

export interface ArchiveOfCommit {
  readonly prefix?: string;
  readonly config?: readonly string[];
  readonly level?: number;
}

/** The provider's zip, as `git archive` makes it. */
export function archiveOf(folder: string, options: ArchiveOfCommit = {}): Promise<Buffer> {
  const config = (options.config ?? []).flatMap((setting) => ['-c', setting]);
  const level = options.level === undefined ? [] : [`-${options.level}`];
  return git(
    folder,
    ...config,
    'archive',
    '--format=zip',
    ...level,
    `--prefix=${options.prefix ?? 'repo-1a2b3c4/'}`,
    'main',
  );
}

const KINDS: Record<string, TreeEntryKind> = { '100644': 'file', '100755': 'executable', '120000': 'symlink' };

/** The same commit as `writeZip` takes it, read by Git without an archive. */
export async function* treeOf(folder: string): AsyncGenerator<TreeEntry> {
  const listing = (await git(folder, 'ls-tree', '-r', '-z', 'main')).toString();
  for (const line of listing.split('\0').filter(Boolean)) {
    const [, mode = '', type, sha = '', path = ''] = /^(\d+) (\w+) (\w+)\t(.*)$/s.exec(line) ?? [];
    if (type !== 'blob') continue;
    const content = await git(folder, 'cat-file', 'blob', sha);
    yield {
      path,
      kind: KINDS[mode] ?? 'file',
      size: content.length,
      async *content() {
        yield content;
      },
    };
  }
}
