import type { Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';
import { NOT_AVAILABLE, type UsedConnection, useConnection } from '../codeconnections/use-connection.ts';
import type { Outcome } from './action-runs.ts';
import { writeClonePointer } from './clone-pointer.ts';
import { errorDetails, pipelinePrincipal } from './codebuild-runner.ts';
import { type ConnectedCommit, readBranch, readCommit, zipCommit } from './connected-commit.ts';
import { type ConnectedPlace, commitUrl } from './connection-urls.ts';
import type { Engine, Runner } from './engine-contract.ts';
import { limits } from './limits.ts';
import type { ActionRunRecord, ExecutionRecord } from './records.ts';
import type { Context } from './store.ts';

interface WantedSource extends ConnectedPlace {
  /** The configured one, or the one that was pushed. */
  readonly branch: string;
  /** Absent: the branch's newest. */
  readonly commitId?: string;
  readonly isClone: boolean;
}

/** `Source/AWS/CodeStarSourceConnection`: finds the commit and puts a zip of it, or a pointer to it, as the pipeline's role. */
export function connectionSourceRunner(context: Context, engine: Engine): Runner {
  return (execution, run) => {
    fetchSource(context, execution, run).then(
      (outcome) => engine.finish(run.id, outcome),
      (error: unknown) => engine.finish(run.id, { status: 'Failed', error: errorDetails(error) }),
    );
  };
}

async function fetchSource(context: Context, execution: ExecutionRecord, run: ActionRunRecord): Promise<Outcome> {
  const wanted = wantedSource(execution, run);
  const principal = await pipelinePrincipal(context, execution, run);
  const connection = await use(context, principal, wanted, 'GetBranch');
  if ('error' in connection) return { status: 'Failed', error: connection.error };
  const commit = await wantedCommit(connection, wanted);
  if (commit === undefined) return { status: 'Failed', error: missing(connection, wanted) };
  if (!wanted.isClone) {
    const archived = await use(context, principal, wanted, 'StartUploadArchiveToS3');
    if ('error' in archived) return { status: 'Failed', error: archived.error };
  }
  await putArtifact(context, execution, run, { principal, wanted, commit, folder: connection.repositoryFolder ?? '' });
  return succeeded(context, wanted, connection, commit);
}

function wantedSource(execution: ExecutionRecord, run: ActionRunRecord): WantedSource {
  const { ConnectionArn = '', FullRepositoryId = '', BranchName = '' } = run.resolvedConfiguration;
  const override = execution.overrides[run.actionName];
  return {
    connectionArn: ConnectionArn,
    fullRepositoryId: FullRepositoryId,
    branch: override?.branch ?? BranchName,
    ...(override === undefined ? {} : { commitId: override.value }),
    isClone: run.resolvedConfiguration.OutputArtifactFormat === 'CODEBUILD_CLONE_REF',
  };
}

interface Failure {
  readonly error: { readonly code: string; readonly message: string };
}

/**
 * AWS's words for a role without the permission. For a connection that is PENDING its guides have only the console's "not
 * in an available state" (https://docs.aws.amazon.com/dtconsole/latest/userguide/troubleshooting-connections.html).
 */
async function use(
  context: Context,
  principal: Principal,
  wanted: WantedSource,
  ProviderAction: 'GetBranch' | 'StartUploadArchiveToS3',
): Promise<UsedConnection | Failure> {
  const { connectionArn: ConnectionArn, fullRepositoryId: FullRepositoryId, branch: BranchName } = wanted;
  try {
    return await useConnection(context.cloud, principal, {
      ConnectionArn,
      FullRepositoryId,
      BranchName,
      ProviderAction,
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === 'AccessDeniedException') {
      const reason = 'The provided role does not have sufficient permissions.';
      return { error: { code: 'PermissionError', message: `Unable to use Connection: ${ConnectionArn}. ${reason}` } };
    }
    if (error.code !== NOT_AVAILABLE) throw error;
    const message = `Connection ${ConnectionArn} is not in an AVAILABLE state. Complete the connection in the console.`;
    return { error: { code: 'ConfigurationError', message } };
  }
}

async function wantedCommit(connection: UsedConnection, wanted: WantedSource): Promise<ConnectedCommit | undefined> {
  const folder = connection.repositoryFolder;
  if (folder === undefined) return undefined;
  return wanted.commitId === undefined ? readBranch(folder, wanted.branch) : readCommit(folder, wanted.commitId);
}

/** As AWS words it, for a repository out of the connection's reach as well. */
function missing({ provider }: UsedConnection, wanted: WantedSource): Failure['error'] {
  const what = wanted.commitId === undefined ? `Branch [${wanted.branch}]` : `Commit [${wanted.commitId}]`;
  const message = `[${provider}] No ${what} found for FullRepositoryName [${wanted.fullRepositoryId}]`;
  return { code: 'ConfigurationError', message };
}

async function putArtifact(
  context: Context,
  execution: ExecutionRecord,
  run: ActionRunRecord,
  parts: { principal: Principal; wanted: WantedSource; commit: ConnectedCommit; folder: string },
): Promise<void> {
  const { principal, wanted, commit, folder } = parts;
  const { connectionArn, fullRepositoryId, branch: branchName } = wanted;
  const { commitId } = commit;
  const [output] = run.outputs;
  if (output === undefined)
    throw new ServiceError('ConfigurationError', `Action ${run.actionName} has no output artifact.`);
  if (wanted.isClone) output.isClonePointer = true;
  const key = execution.declaration.artifactStore?.encryptionKey?.id;
  await context.cloud.call(principal, 's3', 'PutObject', {
    Bucket: output.bucket,
    Key: output.key,
    Body: wanted.isClone
      ? writeClonePointer({ connectionArn, fullRepositoryId, branchName, commitId })
      : await zipCommit(folder, commitId),
    ContentType: wanted.isClone ? 'application/json' : 'application/zip',
    ServerSideEncryption: 'aws:kms',
    ...(key === undefined ? {} : { SSEKMSKeyId: key }),
  });
}

/** Shapes as in published answers of GetPipelineState: the summary is JSON, the ID the commit, both URLs the redirect. */
function succeeded(
  { cloud }: Context,
  wanted: WantedSource,
  { provider }: UsedConnection,
  commit: ConnectedCommit,
): Outcome {
  const url = commitUrl(cloud, wanted, commit.commitId);
  const summary = summaryOf(provider, commit.message);
  return {
    status: 'Succeeded',
    summary,
    externalExecutionId: commit.commitId,
    externalExecutionUrl: url,
    outputVariables: {
      AuthorDate: commit.authorDate,
      BranchName: wanted.branch,
      CommitId: commit.commitId,
      CommitMessage: commit.message,
      ConnectionArn: wanted.connectionArn,
      FullRepositoryName: wanted.fullRepositoryId,
    },
    revision: { revisionId: commit.commitId, summary, url },
  };
}

/** How AWS keeps a long message within the summary's limit is not published: here its end is cut. */
function summaryOf(ProviderType: string, CommitMessage: string): string {
  let message = CommitMessage;
  for (;;) {
    const summary = JSON.stringify({ ProviderType, CommitMessage: message });
    const excess = summary.length - limits.summaryChars;
    if (excess <= 0) return summary;
    message = message.slice(0, -Math.max(excess, 1));
  }
}
