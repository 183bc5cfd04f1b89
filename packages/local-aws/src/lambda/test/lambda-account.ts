import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, type CreateFunctionRequest, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ZipFile } from 'yazl';
import type { CallLogEntry } from '../../cloud/call-log.ts';
import type { PolicyStatement } from '../../cloud/cloud.ts';
import { type LocalAws, startLocalAws } from '../../start-local-aws.ts';

const LOGS = { Effect: 'Allow', Action: 'logs:*', Resource: '*' } as const;

interface Clock {
  aheadMs: number;
}

/** A running account with clients, and a function's role, code and queue in one line each. */
export class LambdaAccount {
  readonly aws: LocalAws;
  readonly lambda: LambdaClient;
  readonly sqs: SQSClient;
  readonly iam: IAMClient;
  readonly #logs: CloudWatchLogsClient;
  readonly #events: EventBridgeClient;
  readonly #clock: Clock;
  readonly #folder: string;

  constructor(aws: LocalAws, folder: string, clock: Clock) {
    const { region, credentials, endpointUrl: endpoint } = aws;
    const settings = { region, credentials, endpoint, maxAttempts: 1 };
    this.aws = aws;
    this.#folder = folder;
    this.lambda = new LambdaClient(settings);
    this.sqs = new SQSClient(settings);
    this.iam = new IAMClient(settings);
    this.#logs = new CloudWatchLogsClient(settings);
    this.#events = new EventBridgeClient(settings);
    this.#clock = clock;
  }

  static async start(folder = mkdtempSync(join(tmpdir(), 'lambda-'))): Promise<LambdaAccount> {
    const services = ['events', 'iam', 'lambda', 'logs', 's3', 'sqs', 'sts'] as const;
    const clock: Clock = { aheadMs: 0 };
    const now = () => Date.now() + clock.aheadMs;
    return new LambdaAccount(await startLocalAws({ dataFolder: folder, services, now }), folder, clock);
  }

  /** Stops it and starts it again on the same data. */
  async restart(): Promise<LambdaAccount> {
    await this.#stop();
    return LambdaAccount.start(this.#folder);
  }

  async close(): Promise<void> {
    await this.#stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #stop(): Promise<void> {
    for (const client of [this.lambda, this.sqs, this.iam, this.#logs, this.#events]) client.destroy();
    await this.aws.close();
  }

  /** ARN of a new role that Lambda may assume. */
  async role(name: string, statements: readonly PolicyStatement[] = [LOGS], service = 'lambda'): Promise<string> {
    const trust = { Effect: 'Allow', Principal: { Service: `${service}.amazonaws.com` }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
    const { Role } = await this.iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
    if (statements.length > 0) {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
      await this.iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'p', PolicyDocument }));
    }
    return Role?.Arn ?? '';
  }

  /** A function of one ES module, its role allowed to write logs and send to queues. */
  async function(name: string, source: string, over: Partial<CreateFunctionRequest> = {}): Promise<string> {
    const send = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' } as const;
    const { FunctionArn } = await this.lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: over.Role ?? (await this.role(`${name}-role`, [LOGS, send])),
        Code: { ZipFile: await zipOf({ 'index.mjs': source }) },
        Timeout: 20,
        ...over,
      }),
    );
    return FunctionArn ?? '';
  }

  /** A queue that functions of this account reach by their roles, and where given a service of AWS too. */
  async queue(name: string, service?: string): Promise<{ readonly url: string; readonly arn: string }> {
    const arn = `arn:aws:sqs:${this.aws.region}:${this.aws.accountId}:${name}`;
    const allow = { Effect: 'Allow', Principal: { Service: service }, Action: 'sqs:SendMessage', Resource: arn };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [allow] });
    const { QueueUrl = '' } = await this.sqs.send(
      new CreateQueueCommand({ QueueName: name, ...(service !== undefined && { Attributes: { Policy } }) }),
    );
    return { url: QueueUrl, arn };
  }

  /** ARN of a new bus whose events of a pattern go to a queue. */
  async busTo(queueArn: string, pattern: object): Promise<string> {
    const name = `bus-to-${queueArn.split(':').at(-1)}`;
    const { EventBusArn = '' } = await this.#events.send(new CreateEventBusCommand({ Name: name }));
    const EventPattern = JSON.stringify(pattern);
    await this.#events.send(new PutRuleCommand({ Name: 'all', EventBusName: name, EventPattern }));
    const Targets = [{ Id: 'queue', Arn: queueArn }];
    await this.#events.send(new PutTargetsCommand({ Rule: 'all', EventBusName: name, Targets }));
    return EventBusArn;
  }

  /** Sets the account's clock ahead; signatures keep to the real one. */
  laterBy(ms: number): void {
    this.#clock.aheadMs = ms;
  }

  /** The next message of a queue, waiting up to `seconds`. */
  async receive(url: string, seconds = 15) {
    const { Messages } = await this.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: seconds, MessageAttributeNames: ['All'] }),
    );
    return Messages?.[0];
  }

  /** All lines of a log group. */
  async logLines(group: string): Promise<string[]> {
    const { events } = await this.#logs.send(new FilterLogEventsCommand({ logGroupName: group }));
    return (events ?? []).map(({ message }) => message ?? '');
  }

  calls(): CallLogEntry[] {
    const lines = readFileSync(this.aws.callLog, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as CallLogEntry);
  }
}

export async function zipOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What a function answered, from JSON. */
export function payloadOf(output: { readonly Payload?: Uint8Array | undefined }): unknown {
  return JSON.parse(Buffer.from(output.Payload ?? []).toString() || 'null');
}
