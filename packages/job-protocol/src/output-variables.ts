import { type Commit, cutBytes, type GitUrl } from '@gitsource/events';
import { EMPTY_MESSAGE, MAX_OUTPUT_VARIABLES_BYTES } from './limits.ts';

/** What the variables are made of. */
export interface FetchedSource {
  readonly commit: Commit;
  readonly gitUrl: GitUrl;
  /** `refs/heads/main`. */
  readonly refName: string;
  /** `main`. */
  readonly branchName: string;
  /** 64 hex digits. */
  readonly artifactSha256: string;
}

/** The names a pipeline uses as `#{SourceVariables.CommitId}`: those of the native source action, and some more. */
export const OUTPUT_VARIABLE_NAMES = [
  'CommitId',
  'BranchName',
  'CommitMessage',
  'AuthorName',
  'AuthorEmail',
  'AuthorDate',
  'CommitterDate',
  'FullRepositoryName',
  'GitUrl',
  'RefName',
  'ArtifactSha256',
  'TreeId',
] as const;
export type OutputVariables = Readonly<Record<(typeof OUTPUT_VARIABLE_NAMES)[number], string>>;

/** A name or address of a commit can be of any length; nothing real comes near this. */
const MAX_NAME_BYTES = 1000;

/**
 * Every variable, none empty (a pipeline that refers to a missing one fails), all within CodePipeline's size; the
 * message is what gets cut, and ends in `…` then.
 */
export function outputVariables(source: FetchedSource): OutputVariables {
  const { commit, gitUrl, refName, branchName, artifactSha256 } = source;
  const variables = {
    CommitId: commit.sha,
    BranchName: branchName,
    CommitMessage: filled(commit.message, EMPTY_MESSAGE),
    AuthorName: cutBytes(filled(commit.authorName, '(no name)'), MAX_NAME_BYTES),
    AuthorEmail: cutBytes(filled(commit.authorEmail, '(no address)'), MAX_NAME_BYTES),
    AuthorDate: filled(commit.authorDate, '(no date)'),
    CommitterDate: filled(commit.committerDate, '(no date)'),
    FullRepositoryName: gitUrl.repositoryPath,
    GitUrl: gitUrl.text,
    RefName: refName,
    ArtifactSha256: artifactSha256,
    TreeId: commit.treeId ?? '(not told)',
  };
  const others = sizeOf(variables) - Buffer.byteLength(variables.CommitMessage);
  return { ...variables, CommitMessage: cutBytes(variables.CommitMessage, MAX_OUTPUT_VARIABLES_BYTES - others) };
}

function filled(text: string, placeholder: string): string {
  return text.trim() === '' ? placeholder : text;
}

function sizeOf(variables: Readonly<Record<string, string>>): number {
  return Object.entries(variables).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0);
}
