import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect, vi } from 'vitest';
import type { CallLogEntry } from '../../cloud/call-log.ts';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../start-local-aws.ts';

/** A function that answers with the event it got, or as the query asks: `?reply=<JSON>`, `?reply={"repeat":1000}`, `?throw=1`, `?sleepMs=500`. */
export const ECHO_RESOURCES = `
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]
  Echo:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Timeout: 20
      Code:
        ZipFile: |
          exports.handler = async (event) => {
            const { reply, sleepMs, throw: fails } = event.queryStringParameters ?? {};
            if (fails) throw new Error('asked to');
            if (sleepMs) await new Promise((done) => setTimeout(done, Number(sleepMs)));
            if (reply?.includes('"repeat"')) return 'x'.repeat(JSON.parse(reply).repeat);
            if (reply) return JSON.parse(reply);
            return { statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(event) };
          };
`;

/** An event as the tests look at it. */
export interface DoorEvent {
  readonly [name: string]: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: Readonly<Record<string, unknown>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** A running account whose resources are made by templates. */
export class DoorAccount {
  readonly aws: LocalAws;
  readonly #folder: string;

  private constructor(aws: LocalAws, folder: string) {
    this.aws = aws;
    this.#folder = folder;
  }

  static async start(options: Partial<LocalAwsOptions> = {}): Promise<DoorAccount> {
    const folder = mkdtempSync(join(tmpdir(), 'front-door-'));
    return new DoorAccount(await startLocalAws({ dataFolder: folder, ...options }), folder);
  }

  get settings() {
    const { region, credentials, endpointUrl: endpoint } = this.aws;
    return { region, credentials, endpoint, maxAttempts: 1 };
  }

  /** Creates a stack and gives its outputs; rejects with the reason of a failure. */
  async deploy(name: string, template: string): Promise<Record<string, string>> {
    const input = { StackName: name, TemplateBody: template, Capabilities: ['CAPABILITY_IAM' as const] };
    await new CloudFormationClient(this.settings).send(new CreateStackCommand(input));
    return this.#outputs(name, 'CREATE_COMPLETE');
  }

  /** As `deploy`, for a stack that is there. */
  async update(name: string, template: string): Promise<Record<string, string>> {
    const input = { StackName: name, TemplateBody: template, Capabilities: ['CAPABILITY_IAM' as const] };
    await new CloudFormationClient(this.settings).send(new UpdateStackCommand(input));
    return this.#outputs(name, 'UPDATE_COMPLETE');
  }

  /** Deletes a stack and waits until it is gone. */
  async remove(name: string): Promise<void> {
    const cloudformation = new CloudFormationClient(this.settings);
    await cloudformation.send(new DeleteStackCommand({ StackName: name }));
    await vi.waitFor(
      () => expect(cloudformation.send(new DescribeStacksCommand({ StackName: name }))).rejects.toThrow(/not exist/),
      { timeout: 20_000, interval: 50 },
    );
  }

  async #outputs(name: string, expected: string): Promise<Record<string, string>> {
    const cloudformation = new CloudFormationClient(this.settings);
    const stack = await vi.waitFor(
      async () => {
        const { Stacks = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName: name }));
        if (Stacks[0]?.StackStatus?.endsWith('_IN_PROGRESS') !== false) throw new Error('still under way');
        return Stacks[0];
      },
      { timeout: 20_000, interval: 50 },
    );
    if (stack.StackStatus !== expected) throw new Error(`${stack.StackStatus}: ${stack.StackStatusReason}`);
    return Object.fromEntries(
      (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  }

  async logLines(group: string): Promise<string[]> {
    const { events = [] } = await new CloudWatchLogsClient(this.settings).send(
      new FilterLogEventsCommand({ logGroupName: group }),
    );
    return events.map(({ message }) => message ?? '');
  }

  calls(): CallLogEntry[] {
    const lines = readFileSync(this.aws.callLog, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as CallLogEntry);
  }

  async close(): Promise<void> {
    await this.aws.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
