import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  ActionExecutionDetail,
  ListActionExecutionsOutput,
  ListPipelineExecutionsOutput,
  PipelineDeclaration,
  PipelineExecutionSummary,
} from '@aws-sdk/client-codepipeline';
import { commitFiles, type FileContent, runGit } from '@gitsource/local-git';
import { vi } from 'vitest';
import type { PolicyStatement } from '../../cloud/cloud.ts';
import type { ServiceName } from '../../cloud/service.ts';
import { type LocalAws, startLocalAws } from '../../start-local-aws.ts';

export const REPOSITORY = 'group/sub/app';
const BUCKET = 'artifacts-of-the-test';

/** All services around one connected repository, a pipeline that reads it, and one build project. */
export class ConnectedAccount {
  readonly aws: LocalAws;
  /** The bare repository behind `REPOSITORY`. */
  readonly repository: string;
  readonly #folder: string;

  constructor(aws: LocalAws, folder: string, repository: string) {
    this.aws = aws;
    this.#folder = folder;
    this.repository = repository;
  }

  static async open(): Promise<ConnectedAccount> {
    const folder = mkdtempSync(join(tmpdir(), 'connected-'));
    const repository = join(folder, 'app.git');
    await runGit(folder, ['init', '--quiet', '--bare', '--initial-branch=main', repository]);
    const connectedRepository = (name: string) => (name === REPOSITORY ? repository : undefined);
    const aws = await startLocalAws({ dataFolder: join(folder, 'aws'), connectedRepository });
    const account = new ConnectedAccount(aws, folder, repository);
    await account.call('s3', 'CreateBucket', { Bucket: BUCKET });
    return account;
  }

  async close(): Promise<void> {
    await this.aws.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  call<O = Record<string, unknown>>(service: ServiceName, operation: string, input: object): Promise<O> {
    return this.aws.cloud.call<O>(this.aws.cloud.identities.root, service, operation, input);
  }

  commit(branch: string, message: string, files: Readonly<Record<string, FileContent>>): Promise<string> {
    return commitFiles(this.repository, branch, { message, files });
  }

  async connection(api: 'codeconnections' | 'codestar-connections' = 'codeconnections', ready = true): Promise<string> {
    const input = { ConnectionName: `c-${crypto.randomUUID().slice(0, 8)}`, ProviderType: 'GitLab' };
    const { ConnectionArn } = await this.call<{ ConnectionArn: string }>(api, 'CreateConnection', input);
    if (ready) await this.handshake(ConnectionArn);
    return ConnectionArn;
  }

  async handshake(arn: string): Promise<Response> {
    return fetch(`${this.aws.endpointUrl}/codeconnections/handshake/${arn.split('/').at(-1)}`, { method: 'POST' });
  }

  /** Tells the connections of a change, as a provider would; the names of the pipelines that started. */
  async report(change: object): Promise<string[]> {
    const body = JSON.stringify({ repository: REPOSITORY, ...change });
    const reply = await fetch(`${this.aws.endpointUrl}/codeconnections/changes`, { method: 'POST', body });
    if (reply.status !== 200) throw new Error(`${reply.status} ${await reply.text()}`);
    const { started } = (await reply.json()) as { started: { pipelineName: string }[] };
    return started.map(({ pipelineName }) => pipelineName);
  }

  async role(name: string, service: string, statements: readonly PolicyStatement[]): Promise<string> {
    const trust = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
    const document = (Statement: unknown) => JSON.stringify({ Version: '2012-10-17', Statement });
    const created = await this.call<{ Role: { Arn: string } }>('iam', 'CreateRole', {
      RoleName: name,
      AssumeRolePolicyDocument: document(trust),
    });
    const PolicyDocument = document(statements);
    await this.call('iam', 'PutRolePolicy', { RoleName: name, PolicyName: 'p', PolicyDocument });
    return created.Role.Arn;
  }

  /** Source and Build, with roles of their own: what each may do with connections is up to the test. */
  async pipeline(name: string, wanted: WantedPipeline): Promise<void> {
    const s3 = ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject'];
    const codebuild = ['codebuild:StartBuild', 'codebuild:BatchGetBuilds'];
    const logs = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
    const allow = (Action: string[]): PolicyStatement => ({ Effect: 'Allow', Action, Resource: '*' });
    const roleArn = await this.role(`${name}-pipeline`, 'codepipeline.amazonaws.com', [
      allow([...s3, ...codebuild]),
      ...(wanted.pipelineMay ?? []),
    ]);
    const serviceRole = await this.role(`${name}-build`, 'codebuild.amazonaws.com', [
      allow([...s3, ...logs]),
      ...(wanted.buildMay ?? []),
    ]);
    const commands = wanted.commands ?? ['true'];
    await this.call('codebuild', 'CreateProject', {
      name,
      source: { type: 'CODEPIPELINE', buildspec: JSON.stringify({ version: '0.2', phases: { build: { commands } } }) },
      artifacts: { type: 'CODEPIPELINE' },
      environment: {
        type: 'LINUX_CONTAINER',
        image: 'aws/codebuild/standard:7.0',
        computeType: 'BUILD_GENERAL1_SMALL',
      },
      serviceRole,
    });
    const pipeline = declaration(name, roleArn, wanted);
    await this.call('codepipeline', 'CreatePipeline', { pipeline });
  }

  async executions(pipelineName: string): Promise<PipelineExecutionSummary[]> {
    const list = await this.call<ListPipelineExecutionsOutput>('codepipeline', 'ListPipelineExecutions', {
      pipelineName,
    });
    return list.pipelineExecutionSummaries ?? [];
  }

  /** The newest execution once it has ended. */
  async ended(pipelineName: string, count = 1): Promise<PipelineExecutionSummary> {
    return vi.waitFor(
      async () => {
        const found = await this.executions(pipelineName);
        const [newest] = found;
        if (newest === undefined || found.length < count || newest.status === 'InProgress') throw new Error('not yet');
        return newest;
      },
      { timeout: 15_000, interval: 20 },
    );
  }

  async action(pipelineName: string, name: string): Promise<ActionExecutionDetail> {
    const list = await this.call<ListActionExecutionsOutput>('codepipeline', 'ListActionExecutions', { pipelineName });
    return list.actionExecutionDetails?.find(({ actionName }) => actionName === name) ?? {};
  }

  async artifact(action: ActionExecutionDetail): Promise<Buffer> {
    const place = action.output?.outputArtifacts?.[0]?.s3location;
    const { Body } = await this.call<{ Body: AsyncIterable<Uint8Array> }>('s3', 'GetObject', {
      Bucket: place?.bucket,
      Key: place?.key,
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of Body) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
}

export interface WantedPipeline {
  /** Configuration of the source action, over the sample's. */
  readonly source: Readonly<Record<string, string>>;
  readonly triggers?: PipelineDeclaration['triggers'];
  readonly pipelineMay?: readonly PolicyStatement[];
  readonly buildMay?: readonly PolicyStatement[];
  readonly commands?: readonly string[];
}

/** May use a connection, under the conditions given. */
export function mayUse(arn: string, Condition?: PolicyStatement['Condition']): PolicyStatement {
  const Action = `${arn.split(':')[2]}:UseConnection`;
  return { Effect: 'Allow', Action, Resource: arn, ...(Condition === undefined ? {} : { Condition }) };
}

function declaration(name: string, roleArn: string, { source, triggers }: WantedPipeline): PipelineDeclaration {
  return {
    name,
    roleArn,
    pipelineType: 'V2',
    artifactStore: { type: 'S3', location: BUCKET },
    ...(triggers === undefined ? {} : { triggers }),
    stages: [
      {
        name: 'Source',
        actions: [
          {
            name: 'App',
            actionTypeId: { category: 'Source', owner: 'AWS', provider: 'CodeStarSourceConnection', version: '1' },
            configuration: { FullRepositoryId: REPOSITORY, BranchName: 'main', ...source },
            outputArtifacts: [{ name: 'Code' }],
            namespace: 'App',
          },
        ],
      },
      {
        name: 'Build',
        actions: [
          {
            name: 'Build',
            actionTypeId: { category: 'Build', owner: 'AWS', provider: 'CodeBuild', version: '1' },
            configuration: { ProjectName: name },
            inputArtifacts: [{ name: 'Code' }],
          },
        ],
      },
    ],
  };
}
