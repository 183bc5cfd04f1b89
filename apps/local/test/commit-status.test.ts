import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RetryStageExecutionCommand, StopPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { writeSourceMetadata } from '@gitsource/artifact';
import { commitFiles, createCertificates, type LocalRepository } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, it } from 'vitest';
import {
  API_SERVER_PROVIDERS,
  type ApiServer,
  createApiServer,
} from '../../../packages/providers/test/api-servers/index.ts';
import { deployCommitStatus } from '../src/deploy-sample.ts';
import { type DeployedStack, deployStack } from '../src/deploy-stack.ts';
import { SAMPLE_FILES } from '../src/sample-repository.ts';
import { eventually } from './eventually.ts';
import {
  createPipeline,
  creationExecution,
  PROJECT_FOLDER,
  type Rehearsal,
  startExecution,
  startRehearsal,
  waitForExecution,
} from './rehearsal.ts';

let rehearsal: Rehearsal;
let stack: DeployedStack;
let folder: string;
let sqs: SQSClient;
let lambda: LambdaClient;
const servers: ApiServer[] = [];
const certificates = await createCertificates();

beforeAll(async () => {
  // Every event arrives twice and out of order: at-least-once delivery is all that EventBridge promises.
  rehearsal = await startRehearsal({ duplicate: true, delayMs: () => Math.random() * 300 });
  await serveAll();
  stack = await deployCommitStatus(rehearsal, PROJECT_FOLDER, { SourceBucketNames: 'status-sources-*' });
  folder = await mkdtemp(join(tmpdir(), 'commit-status-'));
  const { credentials, endpointUrl: endpoint, region } = rehearsal.aws;
  const settings = { endpoint, region, credentials };
  sqs = new SQSClient(settings);
  lambda = new LambdaClient(settings);
}, 120_000);

afterAll(async () => {
  sqs?.destroy();
  lambda?.destroy();
  await rehearsal.close();
  for (const server of servers) await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Of the custom sources, as each provider names repositories. */
const CUSTOM = {
  'azure-devops': 'org/project/_git/app',
  'bitbucket-cloud': 'space/app',
  'bitbucket-server': 'TEAM/app',
  gitea: 'people/app',
  github: 'team/app',
  gitlab: 'group/sub/app',
} as const satisfies Record<ApiServer['provider'], string>;
/** By what AWS calls the provider of a connection. */
const NATIVE = [
  ['GitHub', 'github', 'github.com'],
  ['GitLab', 'gitlab', 'gitlab.com'],
  ['Bitbucket', 'bitbucket-cloud', 'bitbucket.org'],
] as const;

/** All connections are there before the first event: their list is read once a minute at most. */
async function serveAll(): Promise<void> {
  for (const provider of API_SERVER_PROVIDERS) await serve(CUSTOM[provider], provider);
  for (const [, provider, host] of NATIVE) await serve(`native/${provider}`, provider, host);
  await serve('team/zipped', 'gitea');
  await serve('team/retried', 'github');
  await serve('team/stopped', 'gitlab');
  await serve('team/staged', 'bitbucket-cloud');
  await serve('team/revoked', 'gitea');
  await serve('team/down', 'github');
}

interface Served {
  readonly path: string;
  readonly repository: LocalRepository;
  readonly server: ApiServer;
}

const served = new Map<string, Served>();

function servedAt(path: string): Served {
  const found = served.get(path);
  if (found === undefined) throw new Error(`nothing is served at ${path}`);
  return found;
}

/** A repository of the local Git server, and a stand-in of a provider that shows statuses on its commits. */
async function serve(path: string, provider: ApiServer['provider'], host?: string): Promise<void> {
  const repository = await rehearsal.git.createRepository(path);
  const server = await createApiServer({ provider, repositories: { [path]: repository.folder }, certificates });
  servers.push(server);
  const { apiUrl, caCertificate, password: token } = server.connection;
  const connection = { provider, host: host ?? new URL(repository.httpsUrl).host, apiUrl, caCertificate, token };
  const SecretString = JSON.stringify({ ...connection, allowedRepositories: [path] });
  const Name = `gitsource/status/${path.replaceAll('/', '-')}`;
  await rehearsal.clients.secretsManager.send(new CreateSecretCommand({ Name, SecretString }));
  served.set(path, { path, repository, server });
}

/** A commit whose build runs a script of its own. */
function commit({ repository }: Served, message: string, script = 'true'): Promise<string> {
  const executable = `#!/usr/bin/env bash\nset -e\nmkdir -p out\ncp greeting.txt out/\n${script}\n`;
  const files = { ...SAMPLE_FILES, 'number.txt': message, 'check.sh': { executable } };
  return commitFiles(repository.folder, 'main', { message: `${message}\n`, files });
}

function createCustom({ repository }: Served, name: string): Promise<Readonly<Record<string, string>>> {
  const source = { GitUrl: repository.httpsUrl, CredentialsSecret: rehearsal.httpsSecret };
  return createPipeline(rehearsal, name, source);
}

/** What a commit shows, by context. */
function shownOf({ path, server }: Served, sha: string): Record<string, unknown> {
  const shown = server.shownStatuses(path, sha);
  return Object.fromEntries(shown.map(({ context, ...status }) => [context, status]));
}

const SUCCESS: Readonly<Record<string, string>> = {
  'azure-devops': 'succeeded',
  'bitbucket-cloud': 'SUCCESSFUL',
  'bitbucket-server': 'SUCCESSFUL',
};

describe.concurrent('a custom source', () => {
  it.for(API_SERVER_PROVIDERS)('of %s shows its execution', { timeout: 180_000 }, async (provider, { expect }) => {
    const app = servedAt(CUSTOM[provider]);
    const first = await commit(app, 'first');
    const name = `custom-${provider}`;
    await createCustom(app, name);
    await waitForExecution(rehearsal, name, await creationExecution(rehearsal, name));
    const pinned = await commit(app, 'second');
    const executionId = await startExecution(rehearsal, name, pinned);
    await waitForExecution(rehearsal, name, executionId);

    const { path, server } = app;
    const state = SUCCESS[provider] ?? 'success';
    await eventually(() => {
      expect(server.shownStatuses(path, first)).toMatchObject([{ state }]);
      expect(server.shownStatuses(path, pinned)).toMatchObject([{ state }]);
    });
    expect(server.shownStatuses(path, pinned)[0]?.targetUrl).toContain(`/pipelines/${name}/executions/${executionId}/`);
    expect(server.takenStatuses.filter(({ sha }) => sha === pinned).length).toBeGreaterThan(1);
  });
});

describe.concurrent('other sources', () => {
  it('in S3 show on the commit that git-to-s3 wrote down', { timeout: 180_000 }, async ({ expect }) => {
    const app = servedAt('team/zipped');
    const sha = await commit(app, 'zipped');
    const { s3, cloudFormation } = rehearsal.clients;
    const Bucket = 'status-sources-1';
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const { hostname: host } = new URL(app.repository.httpsUrl);
    const Metadata = writeSourceMetadata({ commit: sha, repository: app.path, host, delivery: 'd' });
    const Body = execFileSync('git', ['archive', '--format=zip', sha], { cwd: app.repository.folder });
    await s3.send(new PutObjectCommand({ Bucket, Key: 'app.zip', Body, Metadata }));
    await deployStack(cloudFormation, {
      name: 'from-s3',
      templateFile: join(PROJECT_FOLDER, 'cloudformation', 'sample-pipeline-s3.yaml'),
      parameters: { PipelineName: 'from-s3', SourceBucket: Bucket, SourceKey: 'app.zip' },
    });

    await eventually(() => expect(shownOf(app, sha)).toMatchObject({ 'codepipeline/from-s3': { state: 'success' } }));
  });

  it.for(NATIVE)(
    'of a connection to %s show on their commit',
    { timeout: 180_000 },
    async ([type, provider], { expect }) => {
      const app = servedAt(`native/${provider}`);
      const sha = await commit(app, 'native', 'test -f README.md');
      const { cloud, endpointUrl } = rehearsal.aws;
      const { ConnectionArn } = await cloud.call<{ ConnectionArn: string }>(
        cloud.identities.root,
        'codeconnections',
        'CreateConnection',
        { ConnectionName: provider, ProviderType: type },
      );
      await fetch(`${endpointUrl}/codeconnections/handshake/${ConnectionArn.split('/').at(-1)}`, { method: 'POST' });
      const PipelineName = `native-${provider}`;
      await deployStack(rehearsal.clients.cloudFormation, {
        name: PipelineName,
        templateFile: join(PROJECT_FOLDER, 'cloudformation', 'sample-pipeline-codeconnections.yaml'),
        parameters: { PipelineName, FullRepositoryId: app.path, ConnectionArn },
      });

      const state = SUCCESS[provider] ?? 'success';
      await eventually(() => expect(app.server.shownStatuses(app.path, sha)).toMatchObject([{ state }]));
    },
  );
});

describe.concurrent('an execution', () => {
  it('that fails names the action; retried, it ends as the retry', { timeout: 180_000 }, async ({ expect }) => {
    const app = servedAt('team/retried');
    const flag = join(folder, 'retried');
    const sha = await commit(app, 'retried', `test -f ${flag}`);
    const name = 'retried';
    await createCustom(app, name);
    const executionId = await creationExecution(rehearsal, name);
    await waitForExecution(rehearsal, name, executionId);
    await eventually(() =>
      expect(shownOf(app, sha)).toMatchObject({
        'codepipeline/retried': { state: 'failure', description: 'Failed in Build' },
      }),
    );

    await writeFile(flag, '');
    const retry = { pipelineName: name, pipelineExecutionId: executionId, stageName: 'Build' };
    await rehearsal.clients.codePipeline.send(
      new RetryStageExecutionCommand({ ...retry, retryMode: 'FAILED_ACTIONS' }),
    );
    await eventually(() => expect(shownOf(app, sha)).toMatchObject({ 'codepipeline/retried': { state: 'success' } }));
  });

  it('that is stopped, or superseded by another, does not stay pending', { timeout: 180_000 }, async ({ expect }) => {
    const app = servedAt('team/stopped');
    const name = 'stopped';
    const flag = join(folder, 'go-on');
    const [long, overtaken, newest] = [
      await commit(app, 'long', `while ! test -f ${flag}; do sleep 0.1; done`),
      await commit(app, 'overtaken'),
      await commit(app, 'newest'),
    ];
    await createCustom(app, name);
    const creation = await creationExecution(rehearsal, name);
    await waitForExecution(rehearsal, name, creation);
    await startExecution(rehearsal, name, long);
    await eventually(() => expect(shownOf(app, long)).toMatchObject({ 'codepipeline/stopped': { state: 'running' } }));
    await startExecution(rehearsal, name, overtaken);
    await eventually(() =>
      expect(shownOf(app, overtaken)).toMatchObject({ 'codepipeline/stopped': { state: 'running' } }),
    );
    const last = await startExecution(rehearsal, name, newest);
    await eventually(() =>
      expect(shownOf(app, overtaken)).toMatchObject({
        'codepipeline/stopped': { state: 'canceled', description: `Superseded by ${last}` },
      }),
    );

    const stop = { pipelineName: name, pipelineExecutionId: last, abandon: true, reason: 'by the test' };
    await rehearsal.clients.codePipeline.send(new StopPipelineExecutionCommand(stop));
    await writeFile(flag, '');
    await eventually(() => {
      expect(shownOf(app, newest)).toMatchObject({
        'codepipeline/stopped': { state: 'canceled', description: 'Stopped: by the test' },
      });
      expect(shownOf(app, long)).toMatchObject({ 'codepipeline/stopped': { state: 'success' } });
    });
  });

  it('shows each of its stages where that is asked for', { timeout: 180_000 }, async ({ expect }) => {
    const { aws, clients } = rehearsal;
    await deployStack(clients.cloudFormation, {
      name: 'status-of-stages',
      templateFile: join(PROJECT_FOLDER, 'cloudformation', 'commit-status.yaml'),
      parameters: {
        CodeBucket: `gitsource-code-${aws.accountId}-${aws.region}`,
        CodePrefix: 'gitsource/',
        PipelineNamePrefix: 'staged-',
        StageStatuses: 'true',
      },
    });
    const app = servedAt('team/staged');
    const sha = await commit(app, 'staged', 'false');
    await createCustom(app, 'staged-app');

    await eventually(() => {
      const shown = app.server.shownStatuses(app.path, sha).map(({ description, state }) => [state, description]);
      expect(shown.toSorted((one, other) => one.join().localeCompare(other.join()))).toEqual([
        ['FAILED', 'Failed in Build'],
        ['FAILED', 'Failed in Build'],
        ['SUCCESSFUL', 'Succeeded'],
      ]);
    });
  });

  it.for([
    ['revoked', 401, /providers\/unauthorized/],
    ['down', 503, /GitHub answered 503/],
  ] as const)(
    'that cannot be shown (%s) waits with the reason, and is shown when it is given back',
    { timeout: 180_000 },
    async ([name, status, reason], { expect }) => {
      const app = servedAt(`team/${name}`);
      const { path, server } = app;
      const sha = await commit(app, name);
      server.fail({ kind: 'status', status, times: 1000 });
      await createCustom(app, name);
      await waitForExecution(rehearsal, name, await creationExecution(rehearsal, name));

      const letters: Record<string, unknown>[] = [];
      await eventually(async () => {
        letters.push(...(await takeDeadLetters(name)));
        expect(JSON.stringify(letters)).toMatch(reason);
        expect(JSON.stringify(letters)).toContain('Pipeline Execution State Change');
      });
      expect(server.shownStatuses(path, sha)).toEqual([]);

      server.reset();
      for (const letter of letters.toReversed()) {
        const Payload = JSON.stringify(letter);
        const FunctionName = stack.outputs.FunctionName ?? '';
        await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
      }
      await eventually(() => expect(server.shownStatuses(path, sha)).toMatchObject([{ state: 'success' }]));
      await delay(500);
      expect(server.shownStatuses(path, sha)).toMatchObject([{ state: 'success' }]);
    },
  );
});

/** Takes those of one pipeline out of the queue. */
async function takeDeadLetters(pipelineName: string): Promise<Record<string, unknown>[]> {
  const QueueUrl = stack.outputs.DeadLetterQueueUrl ?? '';
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
  );
  const taken: Record<string, unknown>[] = [];
  for (const { Body = '', ReceiptHandle } of Messages) {
    if (!Body.includes(`"pipeline":"${pipelineName}"`)) continue;
    taken.push(JSON.parse(Body));
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  }
  return taken;
}
