import type { Commit, CommitSha } from '@gitsource/events';
import { GitError } from './errors.ts';
import { type GitContext, runGit } from './git-process.ts';

/** Author name, author e-mail, both dates, the tree and the whole message, as stored (no mailmap). */
const FORMAT = ['%an', '%ae', '%aI', '%cI', '%T', '%B'].join('%x00');

/** Reads a commit that is in the repository. */
export async function readCommit(context: GitContext, folder: string, sha: CommitSha): Promise<Commit> {
  const args = ['log', '-1', '--encoding=UTF-8', '--no-decorate', '--no-color', `--format=${FORMAT}`, sha, '--'];
  const { exitCode, stdout } = await runGit(context, args, { folder });
  const [authorName, authorEmail, authorDate, committerDate, treeId, body] = stdout.split('\0');
  if (exitCode !== 0 || treeId === undefined || body === undefined) {
    throw new GitError(
      'git/ref-not-commit',
      `${sha} is not a commit. Point Branch at a branch, or at a tag of a commit.`,
    );
  }
  // From where they begin only: tried from each of a million, it would take minutes.
  const message = body.replace(/(?<!\n)\n+$/, '');
  return {
    sha,
    message,
    subject: message.split('\n', 1)[0] ?? '',
    authorName: authorName ?? '',
    authorEmail: authorEmail ?? '',
    authorDate: dateOf(authorDate),
    committerDate: dateOf(committerDate),
    treeId,
  };
}

/** Where a commit has no date, git leaves the placeholder as it is. */
function dateOf(text = ''): string {
  return text.startsWith('%') ? '' : text;
}
