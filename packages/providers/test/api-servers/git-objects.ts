import { type ChildProcess, spawn } from 'node:child_process';
import { runGit } from '@gitsource/local-git';

/** What the APIs tell of one repository, read from the real one each time. */
export interface GitObjects {
  /** Type and SHA of what a full ref points to, not peeled. */
  readRef(ref: string): Promise<{ readonly type: string; readonly sha: string } | undefined>;
  /** What a tag object points to. */
  readTag(sha: string): Promise<{ readonly type: string; readonly sha: string } | undefined>;
  /** The commit of a ref or SHA. */
  readCommit(name: string): Promise<string | undefined>;
  /** What a commit says of itself. */
  readFields(sha: string): Promise<GitFields>;
  /** The newest commit that two have in common. */
  mergeBase(one: string, other: string): Promise<string | undefined>;
  /** The commits of one that another does not have. */
  listCommits(of: string, without: string): Promise<readonly string[]>;
  /** Full names of the refs that begin so. */
  listRefs(prefix: string): Promise<readonly string[]>;
  /** `git archive`; its output is the zip. */
  archive(sha: string, prefix: string): ChildProcess;
}

export interface GitFields {
  readonly message: string;
  readonly author: GitPerson;
  readonly committer: GitPerson;
  readonly tree: { readonly sha: string };
}

export interface GitPerson {
  readonly name: string;
  readonly email: string;
  /** With the offset that the commit has. */
  readonly date: string;
}

export function gitObjects(folder: string): GitObjects {
  const git = (...args: string[]) => runGit(folder, args).catch(() => '');
  const withType = async (sha: string) => (sha === '' ? undefined : { type: await git('cat-file', '-t', sha), sha });
  return {
    readRef: async (ref) => withType(await git('show-ref', '--verify', '--hash', '--', ref)),
    async readTag(sha) {
      const [, target] = /^object ([0-9a-f]+)/.exec(await git('cat-file', 'tag', sha)) ?? [];
      return target === undefined ? undefined : withType(target);
    },
    async readCommit(name) {
      const sha = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`);
      return sha === '' ? undefined : sha;
    },
    async readFields(sha) {
      const format = '--format=%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%T%x00%B';
      const shown = await git('log', '-1', format, sha, '--');
      const [name = '', email = '', date = '', byName = '', byEmail = '', byDate = '', tree = '', body = ''] =
        shown.split('\0');
      // Stored with the line end that most messages have.
      const message = `${body.trimEnd()}\n`;
      const committer = { name: byName, email: byEmail, date: byDate };
      return { message, author: { name, email, date }, committer, tree: { sha: tree } };
    },
    mergeBase: async (one, other) => (await git('merge-base', one, other)) || undefined,
    listCommits: async (of, without) => (await git('rev-list', of, `^${without}`)).split('\n').filter(Boolean),
    async listRefs(prefix) {
      const refs = (await git('for-each-ref', '--format=%(refname)')).split('\n');
      return refs.filter((ref) => ref !== '' && ref.startsWith(prefix));
    },
    archive: (sha, prefix) =>
      spawn('git', ['-C', folder, 'archive', '--format=zip', ...(prefix === '' ? [] : [`--prefix=${prefix}/`]), sha], {
        env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
  };
}
