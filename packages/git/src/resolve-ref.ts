import { type CommitSha, type GitRef, type GitUrl, isCommitSha } from '@gitsource/events';
import { classifyFailure } from './classify-failure.ts';
import { GitError } from './errors.ts';
import { type GitContext, runGit } from './git-process.ts';
import { nearNames } from './near-names.ts';

export interface ResolvedRef {
  /** `refs/heads/main`, `refs/tags/v1`. */
  readonly refName: string;
  /** The commit that the server holds under it now, annotated tags peeled. */
  readonly tip: CommitSha;
  /** SHA of the annotated tag itself, where the ref is one. */
  readonly tagObject?: string;
}

interface AdvertisedRef {
  readonly name: string;
  readonly sha: string;
}

/**
 * Asks the server which commit a ref holds. A short name is a branch before it is a tag.
 * Errors: `git/ref-missing` with near names, `git/repository-empty`, and those of the connection.
 */
export async function resolveRef(
  context: GitContext,
  remote: GitUrl,
  ref: GitRef,
  secrets: readonly string[],
): Promise<ResolvedRef> {
  const candidates = ref.kind === 'short' ? [`refs/heads/${ref.text}`, `refs/tags/${ref.text}`] : [ref.text];
  const patterns = candidates.flatMap((name) => [name, `${name}^{}`]);
  const refs = await listRefs(context, remote, [...kinds(candidates), '--', remote.text, ...patterns], secrets);
  for (const refName of candidates) {
    const object = refs.find(({ name }) => name === refName)?.sha;
    const peeled = refs.find(({ name }) => name === `${refName}^{}`)?.sha;
    const tip = peeled ?? object;
    if (tip === undefined || !isCommitSha(tip)) continue;
    return { refName, tip, ...(peeled !== undefined && object !== undefined && { tagObject: object }) };
  }
  const all = await listRefs(context, remote, ['--', remote.text], secrets);
  throw missingRef(
    remote,
    ref,
    all.map(({ name }) => name),
  );
}

/**
 * The commit of an annotated tag that is known by the SHA of its tag object only, as some webhooks name it; `undefined`
 * where the server has no such tag.
 */
export async function peelTag(
  context: GitContext,
  remote: GitUrl,
  tagObject: CommitSha,
  secrets: readonly string[],
): Promise<CommitSha | undefined> {
  const tags = await listRefs(context, remote, ['--tags', '--', remote.text], secrets);
  const name = tags.find(({ sha }) => sha === tagObject)?.name;
  const sha = tags.find((tag) => tag.name === `${name}^{}`)?.sha;
  return sha !== undefined && isCommitSha(sha) ? sha : undefined;
}

/** With `--heads` and `--tags` the server sends only those, not every pull request it ever had. */
function kinds(candidates: readonly string[]): string[] {
  if (!candidates.every((name) => /^refs\/(?:heads|tags)\//.test(name))) return [];
  return [
    ...(candidates.some((name) => name.startsWith('refs/heads/')) ? ['--heads'] : []),
    ...(candidates.some((name) => name.startsWith('refs/tags/')) ? ['--tags'] : []),
  ];
}

async function listRefs(
  context: GitContext,
  remote: GitUrl,
  args: readonly string[],
  secrets: readonly string[],
): Promise<AdvertisedRef[]> {
  const result = await runGit(context, ['ls-remote', ...args]);
  if (result.exitCode !== 0) throw classifyFailure(remote, result, secrets);
  return result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ sha: line.slice(0, line.indexOf('\t')), name: line.slice(line.indexOf('\t') + 1) }));
}

const SHOWN = 5;

/** `git/ref-missing` with near names, or `git/repository-empty`, by the full names of all refs that the server lists. */
export function missingRef(remote: GitUrl, ref: GitRef, all: readonly string[]): GitError {
  if (all.length === 0) {
    const remedy = 'Push a commit to it, or check GitUrl.';
    return new GitError('git/repository-empty', `The repository ${remote.text} has no commit yet. ${remedy}`);
  }
  const short = all
    .filter((name) => /^refs\/(?:heads|tags)\//.test(name) && !name.endsWith('^{}'))
    .map((name) => name.replace(/^refs\/(?:heads|tags)\//, ''));
  const near = nearNames(ref.shortName, short);
  const listed = near.length > 0 ? near : short.slice(0, SHOWN);
  const has = listed.map((name) => `"${name}"`).join(', ');
  const hint = near.length > 0 ? `Near names: ${has}.` : `It has ${has}${short.length > SHOWN ? ' and others' : ''}.`;
  const what = ref.kind === 'short' ? `branch or tag "${ref.text}"` : `ref "${ref.text}"`;
  return new GitError(
    'git/ref-missing',
    `The repository ${remote.text} has no ${what}. ${hint} Correct Branch, or push it.`,
  );
}
