import type { SourceRevision } from '@aws-sdk/client-codepipeline';
import type { SourceMetadata } from '@gitsource/artifact';
import { isCommitSha, readGitRef } from '@gitsource/events';
import type { SourceKind } from './read-declaration.ts';
import type { StartedFor } from './read-execution.ts';
import type { ObjectVersion } from './read-object-source.ts';
import type { SourceCommit } from './source-commit.ts';
import {
  repositoryIdOfRedirect,
  repositoryOfConnection,
  repositoryOfGithubV1,
  repositoryOfGitUrl,
  type SourceRepository,
} from './source-repository.ts';

/** What is known of one source action of one execution. */
export interface SourceFacts {
  readonly actionName: string;
  readonly kind: SourceKind;
  /** As the execution has it. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Absent while the action has not succeeded. */
  readonly revision: SourceRevision | undefined;
  /** Asked for by custom sources only. */
  readonly startedFor: () => Promise<StartedFor | undefined>;
  /** Asked for by S3 sources only. */
  readonly objectSource: (version: ObjectVersion) => Promise<SourceMetadata | undefined>;
}

/** The commit that a source action brought, or is pinned to bring; `undefined` where there is none yet, or none to show. */
export async function commitOfSource(facts: SourceFacts): Promise<SourceCommit | undefined> {
  const { configuration, kind, revision } = facts;
  switch (kind) {
    case 'custom':
      return customCommit(facts);
    case 's3':
      return revision?.revisionId === undefined ? undefined : objectCommit(facts, revision.revisionId);
    case 'connection': {
      const id = configuration.FullRepositoryId ?? repositoryIdOfRedirect(revision?.revisionUrl);
      if (id === undefined) return undefined;
      return fetched(facts, repositoryOfConnection(id, revision?.revisionSummary));
    }
    case 'github-v1':
      return fetched(facts, repositoryOfGithubV1(configuration));
  }
}

/** Its revision is the commit. Which ref a trigger chose is not told, so none is. */
function fetched({ actionName, revision }: SourceFacts, repository: SourceRepository): SourceCommit | undefined {
  const sha = revision?.revisionId ?? '';
  return isCommitSha(sha) ? { actionName, repository, sha, revisionId: sha, isFetched: true } : undefined;
}

async function customCommit(facts: SourceFacts): Promise<SourceCommit | undefined> {
  const { actionName, configuration, revision, startedFor } = facts;
  const repository = repositoryOfGitUrl(configuration.GitUrl ?? '');
  if (repository === undefined) return undefined;
  const { ref = refOfBranch(configuration.Branch), sha: pinned } = (await startedFor()) ?? {};
  const sha = revision?.revisionId ?? pinned ?? '';
  if (!isCommitSha(sha)) return undefined;
  const isFetched = revision !== undefined;
  return { actionName, repository, sha, revisionId: sha, isFetched, ...(ref !== undefined && { ref }) };
}

/** The full ref of an action's `Branch`, which is a full one already, or mostly a branch (a tag has no prefix here either). */
function refOfBranch(branch: string | undefined): string | undefined {
  const ref = readGitRef(branch?.trim() ?? '');
  if ('problem' in ref) return undefined;
  return ref.kind === 'short' ? `refs/heads/${ref.text}` : ref.text;
}

async function objectCommit(
  { actionName, configuration, objectSource }: SourceFacts,
  versionId: string,
): Promise<SourceCommit | undefined> {
  const { S3Bucket: bucket = '', S3ObjectKey: key = '' } = configuration;
  const source = await objectSource({ bucket, key, versionId });
  if (source === undefined || !isCommitSha(source.commit)) return undefined;
  const { commit: sha, host, ref, repository: path } = source;
  const repository = { path, ...(host !== undefined && { host: host.toLowerCase() }) };
  return { actionName, repository, sha, revisionId: versionId, isFetched: true, ...(ref !== undefined && { ref }) };
}
