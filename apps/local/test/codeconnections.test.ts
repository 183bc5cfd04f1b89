import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListPipelineExecutionsCommand, type PipelineExecutionSummary } from '@aws-sdk/client-codepipeline';
import { startLocalAws } from '@gitsource/local-aws';
import { commitFiles, type LocalRepository, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionsHook } from '../src/connect-webhook.ts';
import { deployStack } from '../src/deploy-stack.ts';
import { writePostReceiveHook } from '../src/post-receive-hook.ts';
import { pushFromClone } from '../src/push-commit.ts';
import { SAMPLE_FILES } from '../src/sample-repository.ts';
import { readZip } from './read-zip.ts';
import {
  configureSource,
  creationExecution,
  type EndedExecution,
  PROJECT_FOLDER,
  type Rehearsal,
  readArtifact,
  startEmptyAccount,
  startExecution,
  waitForExecution,
} from './rehearsal.ts';

const REPOSITORY = 'group/sub/app';

let rehearsal: Rehearsal;
let repository: LocalRepository;
let first: string;

beforeAll(async () => {
  rehearsal = await startEmptyAccount();
  repository = await rehearsal.git.createRepository(REPOSITORY);
  const connections = connectionsHook(rehearsal, REPOSITORY);
  await writePostReceiveHook(
    repository.folder,
    { connections, repository: { path: REPOSITORY, httpsUrl: repository.httpsUrl, sshUrl: repository.sshUrl } },
    process.execPath,
  );
  first = await commitFiles(repository.folder, 'main', { message: 'First\n', files: FILES });
}, 60_000);

afterAll(() => rehearsal.close());

/** The sample without what a connection's zip loses. */
const FILES = { ...SAMPLE_FILES, 'check.sh': { executable: '#!/bin/sh\nmkdir -p out && cp greeting.txt out/\n' } };

const templateFile = join(PROJECT_FOLDER, 'cloudformation', 'sample-pipeline-codeconnections.yaml');

async function deploy(name: string, parameters: Record<string, string>): Promise<Readonly<Record<string, string>>> {
  const { outputs } = await deployStack(rehearsal.clients.cloudFormation, {
    name,
    templateFile,
    parameters: { PipelineName: name, FullRepositoryId: REPOSITORY, ExecutionMode: 'PARALLEL', ...parameters },
  });
  return outputs;
}

/** What a person does in the console. */
async function completeConnection(arn: string): Promise<void> {
  const url = `${rehearsal.aws.endpointUrl}/codeconnections/handshake/${arn.split('/').at(-1)}`;
  expect((await fetch(url, { method: 'POST' })).status).toBe(200);
}

let existing: string | undefined;

/** ARN of a connection that is AVAILABLE, as an account has one for all its pipelines. */
async function availableConnection(): Promise<string> {
  if (existing !== undefined) return existing;
  const { cloud } = rehearsal.aws;
  const input = { ConnectionName: 'shared', ProviderType: 'GitLab' };
  const made = await cloud.call<{ ConnectionArn: string }>(
    cloud.identities.root,
    'codeconnections',
    'CreateConnection',
    input,
  );
  await completeConnection(made.ConnectionArn);
  existing = made.ConnectionArn;
  return existing;
}

async function executions(pipelineName: string): Promise<PipelineExecutionSummary[]> {
  const { pipelineExecutionSummaries = [] } = await rehearsal.clients.codePipeline.send(
    new ListPipelineExecutionsCommand({ pipelineName }),
  );
  return pipelineExecutionSummaries;
}

/** Executions that changes started, as CodePipeline shows them. */
async function triggered(pipelineName: string): Promise<PipelineExecutionSummary[]> {
  return (await executions(pipelineName)).filter(({ trigger }) => trigger?.triggerType === 'WebhookV2');
}

async function firstRun(pipeline: string): Promise<EndedExecution> {
  return waitForExecution(rehearsal, pipeline, await creationExecution(rehearsal, pipeline));
}

/** Commits and pushes as a person does, a new branch from main; the push ends when the hook has told the connections. */
async function push(branch: string, message: string, files: Record<string, string>): Promise<string> {
  return pushFromClone(rehearsal.git, repository.httpsUrl, `refs/heads/${branch}`, async (clone) => {
    if (branch !== 'main') await runGit(clone, ['branch', branch, 'main']);
    return commitFiles(clone, branch, { message, files });
  });
}

async function pushTag(tag: string, commit: string): Promise<void> {
  await pushFromClone(rehearsal.git, repository.httpsUrl, `refs/tags/${tag}`, (clone) =>
    runGit(clone, ['tag', tag, commit]),
  );
}

describe('a new connection', () => {
  it('leaves the stack complete and the source failed, until a person completes it', async () => {
    const outputs = await deploy('pending', { ConnectionName: 'mine', ProviderType: 'GitHub' });
    expect(outputs.ConnectionStatus).toBe('PENDING');
    const failed = await firstRun('pending');
    expect(failed).toMatchObject({ status: 'Failed', build: undefined });
    expect(failed.failureMessage).toContain('not in an AVAILABLE state');

    await completeConnection(outputs.ConnectionArn ?? '');

    const ended = await waitForExecution(rehearsal, 'pending', await startExecution(rehearsal, 'pending'));
    expect(ended).toMatchObject({ status: 'Succeeded' });
    expect(ended.source?.output?.outputVariables).toMatchObject({
      CommitId: first,
      FullRepositoryName: REPOSITORY,
      ConnectionArn: outputs.ConnectionArn,
    });
  }, 60_000);

  it('needs a provider, which an existing one must not have', async () => {
    await expect(deploy('none', {})).rejects.toThrow('Give ConnectionArn of a connection that is there');
    const both = { ConnectionArn: await availableConnection(), ProviderType: 'GitHub' };
    await expect(deploy('both', both)).rejects.toThrow('leave them empty with ConnectionArn');
  });
});

describe('the artifact', () => {
  it('is a zip without .git, its symlinks flat', async () => {
    await deploy('zip', { ConnectionArn: await availableConnection(), BranchPatterns: '' });

    const ended = await firstRun('zip');

    expect(ended).toMatchObject({ status: 'Succeeded' });
    const entries = await readZip(await readArtifact(rehearsal, ended));
    expect([...entries.keys()].toSorted()).toEqual(Object.keys(FILES).toSorted());
    expect(entries.get('latest.txt')?.content).toBe('greeting.txt');
    expect(await triggered('zip')).toEqual([]);
  }, 60_000);

  it('is a full clone that the build makes, with the permission that the template gives', async () => {
    const OutputArtifactFormat = 'CODEBUILD_CLONE_REF';
    const buildspec = [
      'version: 0.2',
      'phases:',
      '  build:',
      '    commands:',
      '      - test "$(git rev-parse HEAD)" = "$COMMIT_ID" && test "$BRANCH_NAME" = full',
      '      - test -L latest.txt && git log --format=%s | tee log.txt',
      'artifacts: { files: [log.txt] }',
      '',
    ].join('\n');
    await commitFiles(repository.folder, 'full', { message: 'One\n', files: FILES });
    await commitFiles(repository.folder, 'full', { message: 'Two\n', files: { 'buildspec.yml': buildspec } });
    await deploy('clone', { ConnectionArn: await availableConnection(), OutputArtifactFormat, Branch: 'full' });

    const ended = await firstRun('clone');

    expect(ended).toMatchObject({ status: 'Succeeded' });
    const built = { ...ended, source: ended.build };
    expect((await readZip(await readArtifact(rehearsal, built))).get('log.txt')?.content).toBe('Two\nOne\n');
  }, 60_000);

  it('needs a permission of the build that a zip does not', async () => {
    await deploy('clone-later', { ConnectionArn: await availableConnection() });
    await firstRun('clone-later');
    await configureSource(rehearsal, 'clone-later', {
      ConnectionArn: await availableConnection(),
      FullRepositoryId: REPOSITORY,
      BranchName: 'main',
      OutputArtifactFormat: 'CODEBUILD_CLONE_REF',
    });

    const ended = await waitForExecution(rehearsal, 'clone-later', await startExecution(rehearsal, 'clone-later'));

    expect(ended.build?.output?.executionResult?.errorDetails?.message).toContain('authorization failed');
  }, 60_000);
});

it('fetches no other repository by its role, whatever its pipeline is made to say', async () => {
  await deploy('other', { ConnectionArn: await availableConnection() });
  await firstRun('other');
  const configuration = {
    ConnectionArn: await availableConnection(),
    FullRepositoryId: 'team/sample',
    BranchName: 'main',
  };
  await configureSource(rehearsal, 'other', configuration);

  const ended = await waitForExecution(rehearsal, 'other', await startExecution(rehearsal, 'other'));

  expect(ended.failureType).toBe('PermissionError');
  expect(ended.failureMessage).toContain('The provided role does not have sufficient permissions.');
}, 60_000);

describe('triggers', () => {
  it('start pushes of branches by path, of tags, and pull requests, each at its commit', async () => {
    await deploy('triggers', {
      ConnectionArn: await availableConnection(),
      BranchPatterns: 'main,release/**',
      BranchExcludes: 'release/old/**',
      TagPatterns: 'v*',
      TagExcludes: '*-rc*',
      PullRequestBranches: 'main',
      PullRequestEvents: 'OPEN',
      PathIncludes: 'services/a/**,*.yml',
      PathExcludes: '**.md',
    });
    await firstRun('triggers');

    await push('main', 'Only docs', { 'services/a/README.md': 'x' });
    await push('feature/x', 'Another branch', { 'services/a/x.ts': 'x' });
    await push('release/old/1', 'Left out', { 'services/a/x.ts': 'x' });
    const code = await push('main', 'Code', { 'services/a/x.ts': 'x' });
    const release = await push('release/1', 'Release', { 'services/a/y.ts': 'x' });
    for (const tag of ['v1-rc1', 'v1']) await pushTag(tag, first);
    const fix = await push('fix', 'Fix', { 'services/a/z.ts': 'x' });
    await reportPullRequest('UPDATED');
    await reportPullRequest('OPEN');

    const started = await triggered('triggers');
    for (const { pipelineExecutionId = '' } of started) {
      expect(await waitForExecution(rehearsal, 'triggers', pipelineExecutionId)).toMatchObject({ status: 'Succeeded' });
    }
    const commits = (await triggered('triggers')).map(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId ?? '');
    expect(commits.toReversed()).toEqual([code, release, first, fix]);
  }, 90_000);

  async function reportPullRequest(event: string): Promise<void> {
    const pullRequest = { event, sourceBranch: 'fix', targetBranch: 'main' };
    const { url, fullRepositoryId } = connectionsHook(rehearsal, REPOSITORY);
    const body = JSON.stringify({ repository: fullRepositoryId, pullRequest });
    expect((await fetch(url, { method: 'POST', body })).status).toBe(200);
  }

  it('of paths need branches', async () => {
    const parameters = { ConnectionArn: await availableConnection(), BranchPatterns: '', TagPatterns: 'v*' };
    await expect(deploy('paths', { ...parameters, PathIncludes: 'src/**' })).rejects.toThrow('Paths are filtered for');
  });
});

it('is stopped with its reason where CodePipeline has no such source', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'gitsource-region-'));
  const aws = await startLocalAws({ dataFolder, region: 'eu-south-2', services: ['cloudformation'] });
  try {
    const create = aws.cloud.call(aws.cloud.identities.root, 'cloudformation', 'CreateStack', {
      StackName: 'spain',
      TemplateBody: await readFile(templateFile, 'utf8'),
      Capabilities: ['CAPABILITY_IAM'],
      Parameters: Object.entries({ PipelineName: 'spain', FullRepositoryId: REPOSITORY, ProviderType: 'GitHub' }).map(
        ([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }),
      ),
    });
    await expect(create).rejects.toThrow('CodePipeline has no CodeConnections source in this Region');
  } finally {
    await aws.close();
    await rm(dataFolder, { recursive: true, force: true });
  }
});

it('reaches the sample repository by its full name', async () => {
  await deploy('sample', { ConnectionArn: await availableConnection(), FullRepositoryId: 'team/sample' });

  const sha = await runGit(rehearsal.git.repository.folder, ['rev-parse', 'main']);
  expect((await firstRun('sample')).source?.output?.outputVariables).toMatchObject({ CommitId: sha });
}, 60_000);
