import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CodePipelineClient,
  CreateCustomActionTypeCommand,
  GetPipelineExecutionCommand,
  ListPipelineExecutionsCommand,
} from '@aws-sdk/client-codepipeline';
import { EventBridgeClient, PutEventsCommand, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { GitEvent } from '@gitsource/events';
import { ACTION_CONFIGURATION_KEYS } from '@gitsource/job-protocol';
import { type EventFaults, type LocalAws, startLocalAws } from '@gitsource/local-aws';

const HERE = import.meta.dirname;
const TEMPLATE = join(HERE, '../../../cloudformation/sample-pipeline.yaml');
const ZIP = join(HERE, '../dist/pipeline-trigger.zip');
/** As the examples call it. */
const RECEIVER = 'gitsource-webhooks';

export interface Started {
  readonly SourceCommit: string | undefined;
  readonly SourceRef: string | undefined;
}

/** The embedded AWS with the trigger deployed as a zip; pipelines are sample-pipeline.yaml, as shipped, and their jobs wait. */
export class Account {
  readonly codePipeline: CodePipelineClient;
  readonly #aws: LocalAws;
  readonly #folder: string;
  readonly #formation: CloudFormationClient;
  readonly #events: EventBridgeClient;
  readonly #sqs: SQSClient;
  readonly #logs: CloudWatchLogsClient;
  #deadLetterUrl = '';

  private constructor(aws: LocalAws, folder: string) {
    const settings = { endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials };
    this.#aws = aws;
    this.#folder = folder;
    this.codePipeline = new CodePipelineClient(settings);
    this.#formation = new CloudFormationClient(settings);
    this.#events = new EventBridgeClient(settings);
    this.#sqs = new SQSClient(settings);
    this.#logs = new CloudWatchLogsClient(settings);
  }

  static async start(eventFaults: EventFaults = {}): Promise<Account> {
    const folder = await mkdtemp(join(tmpdir(), 'pipeline-trigger-'));
    const account = new Account(await startLocalAws({ dataFolder: folder, eventFaults }), folder);
    await account.#prepare();
    return account;
  }

  async #prepare(): Promise<void> {
    const { endpointUrl, region, credentials } = this.#aws;
    const s3 = new S3Client({ endpoint: endpointUrl, region, credentials });
    await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
    await s3.send(new PutObjectCommand({ Bucket: 'code', Key: 'pipeline-trigger.zip', Body: await readFile(ZIP) }));
    s3.destroy();
    await this.codePipeline.send(
      new CreateCustomActionTypeCommand({
        category: 'Source',
        provider: 'Git',
        version: '1',
        configurationProperties: ACTION_CONFIGURATION_KEYS.map((name) => ({
          name,
          required: false,
          key: true,
          secret: false,
        })),
        inputArtifactDetails: { minimumCount: 0, maximumCount: 0 },
        outputArtifactDetails: { minimumCount: 1, maximumCount: 1 },
      }),
    );
    const template = await readFile(join(HERE, 'receiver-stack.yaml'), 'utf8');
    const outputs = await this.deploy(RECEIVER, template, { CodeBucket: 'code' });
    this.#deadLetterUrl = outputs.TriggerDeadLetterUrl ?? '';
  }

  /** Creates a stack and returns its outputs; rejects with the first resource's reason. */
  async deploy(name: string, TemplateBody: string, parameters: Readonly<Record<string, string>> = {}) {
    const Parameters = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    }));
    const Capabilities = ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'] as const;
    await this.#formation.send(
      new CreateStackCommand({ StackName: name, TemplateBody, Parameters, Capabilities: [...Capabilities] }),
    );
    for (;;) {
      const { Stacks } = await this.#formation.send(new DescribeStacksCommand({ StackName: name }));
      const { StackStatus = '', Outputs = [] } = Stacks?.[0] ?? {};
      if (StackStatus === 'CREATE_COMPLETE') {
        return Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
      }
      if (!StackStatus.endsWith('_IN_PROGRESS')) throw new Error(`${name}: ${await this.#reason(name)}`);
      await delay(20);
    }
  }

  async #reason(name: string): Promise<string | undefined> {
    const { StackEvents = [] } = await this.#formation.send(new DescribeStackEventsCommand({ StackName: name }));
    return StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED')).at(-1)?.ResourceStatusReason;
  }

  /** sample-pipeline.yaml with a rule for `group/app` of the connection `my-git`. */
  async createPipeline(name: string, parameters: Readonly<Record<string, string>> = {}) {
    return this.deploy(name, await readFile(TEMPLATE, 'utf8'), {
      PipelineName: name,
      ExecutionMode: 'PARALLEL',
      GitUrl: 'https://git.example.com/group/app.git',
      ReceiverStack: RECEIVER,
      Connection: 'my-git',
      RepositoryPath: 'group/app',
      ...parameters,
    });
  }

  async publish(...events: readonly GitEvent[]): Promise<void> {
    const { FailedEntryCount } = await this.#events.send(
      new PutEventsCommand({
        Entries: events.map((event) => ({
          EventBusName: 'gitsource',
          Source: 'gitsource',
          DetailType: event.pullRequest === undefined ? 'Git Push' : 'Git Pull Request',
          Detail: JSON.stringify(event),
        })),
      }),
    );
    if (FailedEntryCount !== 0) throw new Error('events were refused');
  }

  /** Whether EventBridge's own matching of `changedPaths` takes a pattern, and then whether it matches. */
  async matches(wildcard: string, path: string): Promise<boolean | 'refused'> {
    const EventPattern = JSON.stringify({ detail: { changedPaths: [{ wildcard }] } });
    const Event = JSON.stringify({ source: 'gitsource', detail: { changedPaths: [path] } });
    try {
      const { Result } = await this.#events.send(new TestEventPatternCommand({ EventPattern, Event }));
      return Result === true;
    } catch (error) {
      if (error instanceof Error && error.name === 'InvalidEventPatternException') return 'refused';
      throw error;
    }
  }

  /** The variables of every execution but the one that a pipeline's creation starts, oldest first. */
  async started(pipelineName: string): Promise<Started[]> {
    const { pipelineExecutionSummaries: found = [] } = await this.codePipeline.send(
      new ListPipelineExecutionsCommand({ pipelineName }),
    );
    const ids = found.flatMap(({ trigger, pipelineExecutionId }) =>
      trigger?.triggerType === 'CreatePipeline' ? [] : [pipelineExecutionId],
    );
    const executions = ids.toReversed().map(async (pipelineExecutionId) => {
      const { pipelineExecution } = await this.codePipeline.send(
        new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }),
      );
      const value = (name: string) =>
        pipelineExecution?.variables?.find((variable) => variable.name === name)?.resolvedValue;
      return { SourceCommit: value('SourceCommit'), SourceRef: value('SourceRef') };
    });
    return Promise.all(executions);
  }

  /** The trigger's log lines with an outcome, as soon as there are this many. */
  async outcomes(count: number): Promise<Record<string, unknown>[]> {
    for (;;) {
      const { events = [] } = await this.#logs.send(
        new FilterLogEventsCommand({ logGroupName: '/aws/lambda/trigger', limit: 1000 }),
      );
      const lines = events.flatMap(({ message = '' }) => {
        const line: unknown = message.startsWith('{') ? JSON.parse(message) : undefined;
        return typeof line === 'object' && line !== null && 'outcome' in line ? [{ ...line }] : [];
      });
      if (lines.length >= count) return lines;
      await delay(50);
    }
  }

  /** How often rules called the trigger, by the call log. */
  async invocations(): Promise<number> {
    const calls = await readFile(this.#aws.callLog, 'utf8');
    return calls.split('\n').filter((line) => line.includes('"action":"Invoke"')).length;
  }

  /** The next dead letter. */
  async deadLetter(): Promise<{ readonly body: Record<string, unknown>; readonly attributes: readonly string[] }> {
    for (;;) {
      const QueueUrl = this.#deadLetterUrl;
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10, MessageAttributeNames: ['All'] }),
      );
      const [message] = Messages;
      if (message === undefined) continue;
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      return { body: JSON.parse(message.Body ?? ''), attributes: Object.keys(message.MessageAttributes ?? {}) };
    }
  }

  async close(): Promise<void> {
    for (const client of [this.codePipeline, this.#formation, this.#events, this.#sqs, this.#logs]) client.destroy();
    await this.#aws.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
