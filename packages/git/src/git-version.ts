import { GitError } from './errors.ts';
import { type GitContext, runGit } from './git-process.ts';

/** The oldest git with everything this package asks for (`fetch --no-write-fetch-head`, `--stdin`, SHA-256). */
const OLDEST = { major: 2, minor: 30 };

/** Errors: `git/git-missing`, `git/git-too-old`. */
export async function expectUsableGit(context: GitContext): Promise<void> {
  const { stdout } = await runGit(context, ['--version']);
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
  const newEnough = Number(major) > OLDEST.major || (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor);
  if (newEnough) return;
  const found = stdout.trim() === '' ? 'an unknown git' : stdout.trim();
  throw new GitError(
    'git/git-too-old',
    `This needs git ${OLDEST.major}.${OLDEST.minor} or newer, and found ${found}. Install a newer git.`,
  );
}
