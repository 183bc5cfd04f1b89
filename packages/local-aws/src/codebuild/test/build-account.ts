import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchGetBuildsCommand,
  type Build,
  CodeBuildClient,
  CreateProjectCommand,
  type CreateProjectInput,
  StartBuildCommand,
  type StartBuildInput,
} from '@aws-sdk/client-codebuild';
import type { CallLogEntry } from '../../cloud/call-log.ts';
import type { CloudEvent, PolicyStatement } from '../../cloud/cloud.ts';
import { LocalCloud } from '../../cloud/local-cloud.ts';
import { type LocalAws, startLocalAws } from '../../start-local-aws.ts';

/** What a build's role usually may. */
export const USUAL: readonly PolicyStatement[] = [
  { Effect: 'Allow', Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' },
  { Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject'], Resource: '*' },
  { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' },
];

/** A running account with a client, roles and projects in one line each, and the events that CodeBuild sent. */
export class BuildAccount {
  readonly aws: LocalAws;
  readonly codebuild: CodeBuildClient;
  readonly events: CloudEvent[] = [];
  readonly #folder: string;

  constructor(aws: LocalAws, folder: string) {
    this.aws = aws;
    this.#folder = folder;
    const { region, credentials, endpointUrl: endpoint } = aws;
    this.codebuild = new CodeBuildClient({ region, credentials, endpoint, maxAttempts: 1 });
    if (!(aws.cloud instanceof LocalCloud)) throw new Error('the cloud is another one');
    aws.cloud.emit = (event) => this.events.push(event);
  }

  static async open(folder = mkdtempSync(join(tmpdir(), 'builds-'))): Promise<BuildAccount> {
    const services = ['codebuild', 'iam', 'kms', 'logs', 's3', 'secretsmanager', 'sts'] as const;
    return new BuildAccount(await startLocalAws({ dataFolder: folder, services }), folder);
  }

  /** Keeps the data with `keep`, and tells where. */
  async close(keep = false): Promise<string> {
    this.codebuild.destroy();
    await this.aws.close();
    if (!keep) rmSync(this.#folder, { recursive: true, force: true });
    return this.#folder;
  }

  call<O = Record<string, unknown>>(service: Parameters<LocalCloud['call']>[1], operation: string, input: object) {
    return this.aws.cloud.call<O>(this.aws.cloud.identities.root, service, operation, input);
  }

  /** ARN of a new role that CodeBuild may assume. */
  async role(name: string, statements: readonly PolicyStatement[] = USUAL): Promise<string> {
    const trust = { Effect: 'Allow', Principal: { Service: 'codebuild.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
    const { Role } = await this.call<{ Role: { Arn: string } }>('iam', 'CreateRole', {
      RoleName: name,
      AssumeRolePolicyDocument,
    });
    if (statements.length > 0) {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
      await this.call('iam', 'PutRolePolicy', { RoleName: name, PolicyName: 'p', PolicyDocument });
    }
    return Role.Arn;
  }

  /** A project without source whose buildspec is `buildspec`. */
  async project(name: string, buildspec: string, over: Partial<CreateProjectInput> = {}): Promise<void> {
    await this.codebuild.send(
      new CreateProjectCommand({
        name,
        source: { type: 'NO_SOURCE', buildspec },
        artifacts: { type: 'NO_ARTIFACTS' },
        environment: {
          type: 'LINUX_CONTAINER',
          image: 'aws/codebuild/amazonlinux-x86_64-standard:5.0',
          computeType: 'BUILD_GENERAL1_SMALL',
        },
        serviceRole: over.serviceRole ?? (await this.role(`${name}-role`)),
        ...over,
      }),
    );
  }

  async start(projectName: string, over: Partial<StartBuildInput> = {}): Promise<string> {
    const { build } = await this.codebuild.send(new StartBuildCommand({ projectName, ...over }));
    return build?.id ?? '';
  }

  async build(id: string): Promise<Build> {
    const { builds } = await this.codebuild.send(new BatchGetBuildsCommand({ ids: [id] }));
    return builds?.[0] ?? {};
  }

  /** The build once it has ended. */
  async ended(id: string): Promise<Build> {
    for (;;) {
      const build = await this.build(id);
      if (build.buildComplete === true) return build;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async run(projectName: string, over: Partial<StartBuildInput> = {}): Promise<Build> {
    return this.ended(await this.start(projectName, over));
  }

  /** Lines of a build, without CodeBuild's own unless asked. */
  async lines(build: Build, own = false): Promise<string[]> {
    const { events } = await this.call<{ events?: { message: string }[] }>('logs', 'GetLogEvents', {
      logGroupName: build.logs?.groupName,
      logStreamName: build.logs?.streamName,
      startFromHead: true,
    });
    const lines = (events ?? []).map(({ message }) => message.trimEnd());
    return own ? lines : lines.filter((line) => !line.startsWith('[Container] '));
  }

  calls(): CallLogEntry[] {
    const lines = readFileSync(this.aws.callLog, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as CallLogEntry);
  }
}

/** A buildspec of one BUILD phase, each command in its own item. */
export function buildspec(...commands: readonly string[]): string {
  return `${JSON.stringify({ version: '0.2', phases: { build: { commands } } })}\n`;
}
