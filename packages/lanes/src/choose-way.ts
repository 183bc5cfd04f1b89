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
/** What is asked for, of any server. */
export type SourceForm = Pick<
  SourceRequest,
  'fetchMethod' | 'outputArtifactFormat' | 'submodules' | 'gitLfs' | 'paths'
>;
type Choice = SourceForm & Pick<SourceRequest, 'gitUrl'>;

/** What only git can do, most telling first. */
const NEEDS_GIT: readonly (readonly [why: string, holds: (form: SourceForm) => boolean])[] = [
  ['FetchMethod is "clone"', ({ fetchMethod }) => fetchMethod === 'clone'],
  ['GitLfs is "true"', ({ gitLfs }) => gitLfs],
  ['a clone has submodules', (form) => isClone(form) && form.submodules !== 'none'],
  ['a clone has only chosen paths', (form) => isClone(form) && form.paths.length > 0],
];

/** Why only git can give what is asked for; `undefined` where a pack can. */
export function needsGit(form: SourceForm): string | undefined {
  const [why] = NEEDS_GIT.find(([, holds]) => holds(form)) ?? [];
  return why;
}

function needsOtherProxy({ gitUrl: { kind, host } }: Choice, environment: Environment): boolean {
  return kind === 'https' && findProxy(environment, host) === 'unsupported';
}

function isClone({ outputArtifactFormat }: SourceForm): boolean {
  return outputArtifactFormat === 'FULL_CLONE';
}

/** Decides by what a job asks for. What the server can do is seen later, and the other way is then the second. */
export function chooseWay(choice: Choice, environment: Environment): Way {
  const why = needsGit(choice) ?? (needsOtherProxy(choice, environment) ? 'the proxy is not one of HTTP' : undefined);
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
