import type { CommitSha, GitRef } from '@gitsource/events';
import type { RemoteRef } from '@gitsource/pack';
import { findProxy } from '@gitsource/runtime';
import type { SourceRequest } from './source.ts';

/** `pack`: the server's pack is read while it arrives. `other`: the lane's other way. */
export interface Way {
  readonly kind: 'pack' | 'other';
  /** For the log: `GitLfs is "true"`. */
  readonly why: string;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Choice = Pick<
  SourceRequest,
  'fetchMethod' | 'gitUrl' | 'outputArtifactFormat' | 'submodules' | 'gitLfs' | 'paths'
>;

/** What only git can do, most telling first. */
const NEEDS_GIT: readonly (readonly [why: string, holds: (choice: Choice, environment: Environment) => boolean])[] = [
  ['FetchMethod is "clone"', ({ fetchMethod }) => fetchMethod === 'clone'],
  ['GitLfs is "true"', ({ gitLfs }) => gitLfs],
  ['a clone has submodules', (choice) => isClone(choice) && choice.submodules !== 'none'],
  ['a clone has only chosen paths', (choice) => isClone(choice) && choice.paths.length > 0],
  ['the proxy is not one of HTTP', needsOtherProxy],
];

function needsOtherProxy({ gitUrl: { kind, host } }: Choice, environment: Environment): boolean {
  return kind === 'https' && findProxy(environment, host) === 'unsupported';
}

function isClone({ outputArtifactFormat }: Choice): boolean {
  return outputArtifactFormat === 'FULL_CLONE';
}

/** Decides by what a job asks for. What the server can do is seen later, and the other way is then the second. */
export function chooseWay(choice: Choice, environment: Environment): Way {
  const [why] = NEEDS_GIT.find(([, holds]) => holds(choice, environment)) ?? [];
  if (why !== undefined) return { kind: 'other', why };
  return { kind: 'pack', why: `${isClone(choice) ? 'a clone' : 'one tree'} over ${choice.gitUrl.kind.toUpperCase()}` };
}

/** The commit of a ref, or a pin that is to be looked for in the history of its newest one. */
export type ChosenCommit =
  | { readonly refName: string; readonly sha: CommitSha }
  | { readonly refName: string; readonly tip: CommitSha; readonly pin: CommitSha };

/** The full names that a ref may have, the first that exists counts: a short name is a branch before it is a tag. */
export function candidatesOf({ kind, text }: GitRef): readonly string[] {
  return kind === 'short' ? [`refs/heads/${text}`, `refs/tags/${text}`] : [text];
}

/** The commit to take of the refs that a server lists; `undefined` where it lists none by that name. */
export function chooseCommit(
  ref: GitRef,
  pinned: CommitSha | undefined,
  listed: readonly RemoteRef[],
): ChosenCommit | undefined {
  for (const refName of candidatesOf(ref)) {
    const found = listed.find(({ name }) => name === refName);
    if (found === undefined) continue;
    const tip = found.peeled ?? found.sha;
    if (pinned === undefined || pinned === tip || pinned === found.sha) return { refName, sha: tip };
    return { refName, tip, pin: pinned };
  }
  return undefined;
}
