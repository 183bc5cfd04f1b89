import { join } from 'node:path';
import { type FilteredLogEvent, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';
import { DeleteSecretCommand } from '@aws-sdk/client-secrets-manager';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type DeployedStack, deployStack } from '../src/deploy-stack.ts';
import { CODE_PREFIX, uploadZips } from '../src/upload-zips.ts';
import { PROJECT_FOLDER, type Rehearsal } from './rehearsal.ts';

/** Of the stacks that `deployGitPull` deploys. */
export const WEBHOOK_SECRET = 'a-webhook-secret';

/** Deploys `git-to-s3.yaml`, as shipped, for plain Git servers at 127.0.0.1 that serve `team/…`. */
export async function deployGitPull(
  rehearsal: Rehearsal,
  name: string,
  parameters: Readonly<Record<string, string>>,
): Promise<SourceStack> {
  const { aws, clients } = rehearsal;
  const CodeBucket = `gitsource-code-${aws.accountId}-${aws.region}`;
  await uploadZips(clients.s3, CodeBucket, join(PROJECT_FOLDER, 'apps'));
  const stack = await deployStack(clients.cloudFormation, {
    name,
    templateFile: join(PROJECT_FOLDER, 'cloudformation', 'git-to-s3.yaml'),
    parameters: {
      CodeBucket,
      CodePrefix: CODE_PREFIX,
      Provider: 'generic',
      Host: '127.0.0.1',
      ApiSecret: WEBHOOK_SECRET,
      AllowedRepositories: 'team/*',
      ...parameters,
    },
  });
  return new SourceStack(rehearsal, stack);
}

/** A push that was given up, as its message in the dead-letter queue tells it. */
export interface DeadLetter {
  readonly repository: string;
  readonly code: string;
  readonly reason: string;
  /** The whole message. */
  readonly text: string;
}

/** A function's, and a build's. */
type PullLogGroup = 'FetchLogGroup' | 'GitPullLogGroup';
type LogGroupOutput = 'DownloadLogGroup' | 'ReceiverLogGroup' | PullLogGroup;

/** A deployed git-to-s3 as the people who run it see it. */
export class SourceStack {
  readonly stack: DeployedStack;
  readonly #rehearsal: Rehearsal;
  readonly #sqs: SQSClient;
  readonly #deadLetters: DeadLetter[] = [];

  constructor(rehearsal: Rehearsal, stack: DeployedStack) {
    const { aws } = rehearsal;
    this.stack = stack;
    this.#rehearsal = rehearsal;
    this.#sqs = new SQSClient({ endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials });
  }

  get bucket(): string {
    return this.stack.outputs.OutputBucketName ?? '';
  }

  /** Commits of an object's versions, newest first. */
  async commitsOf(key: string): Promise<(string | undefined)[]> {
    const { s3 } = this.#rehearsal.clients;
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: this.bucket, Prefix: key }));
    const heads = Versions.map(({ Key, VersionId }) =>
      s3.send(new HeadObjectCommand({ Bucket: this.bucket, Key, VersionId })),
    );
    return (await Promise.all(heads)).map(({ Metadata }) => Metadata?.commit);
  }

  async metadataOf(key: string): Promise<Record<string, string> | undefined> {
    return (await this.#rehearsal.clients.s3.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }))).Metadata;
  }

  async read(key: string): Promise<Uint8Array> {
    const { Body } = await this.#rehearsal.clients.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }

  /** Keys of uploads that were neither completed nor aborted: what they hold is invisible, and paid for. */
  async unfinishedUploads(): Promise<(string | undefined)[]> {
    const { Uploads = [] } = await this.#rehearsal.clients.s3.send(
      new ListMultipartUploadsCommand({ Bucket: this.bucket }),
    );
    return Uploads.map(({ Key }) => Key);
  }

  /** Everything in one of the log groups that the stack's outputs name, oldest first. */
  async logOf(output: LogGroupOutput): Promise<string[]> {
    return (await this.#readLog(output)).map(({ message = '' }) => message);
  }

  /** What git pull says of a repository: a list for each build, and one for each delivery that functions did. */
  async pullsOf(
    path: string,
    lanes: readonly PullLogGroup[] = ['FetchLogGroup', 'GitPullLogGroup'],
  ): Promise<string[][]> {
    const pulls = new Map<string, string[]>();
    for (const event of (await Promise.all(lanes.map((lane) => this.#readLog(lane)))).flat()) {
      const { pull, line } = readPullLine(event);
      pulls.set(pull, [...(pulls.get(pull) ?? []), line]);
    }
    return [...pulls.values()].filter((lines) => lines.some((line) => line.includes(` of ${path} is at `)));
  }

  async #readLog(output: LogGroupOutput): Promise<FilteredLogEvent[]> {
    const logGroupName = this.stack.outputs[output];
    const found: FilteredLogEvent[] = [];
    // A lane that the stack does not have.
    if (logGroupName === undefined) return found;
    for (let nextToken: string | undefined; ; ) {
      const page = await this.#rehearsal.clients.logs.send(new FilterLogEventsCommand({ logGroupName, nextToken }));
      found.push(...(page.events ?? []));
      nextToken = page.nextToken;
      if (nextToken === undefined) return found;
    }
  }

  /** What has been given up so far. */
  async deadLetters(): Promise<readonly DeadLetter[]> {
    const QueueUrl = this.stack.outputs.DeadLetterQueueUrl ?? '';
    for (;;) {
      const { Messages = [] } = await this.#sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return this.#deadLetters;
      for (const { Body = '', ReceiptHandle } of Messages) {
        this.#deadLetters.push(readDeadLetter(Body));
        await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }

  /** With everything in it, as somebody may who needs the place. */
  async removeBucket(): Promise<void> {
    const { s3 } = this.#rehearsal.clients;
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: this.bucket }));
    for (const { Key, VersionId } of Versions) {
      await s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key, VersionId }));
    }
    await s3.send(new DeleteBucketCommand({ Bucket: this.bucket }));
  }

  /** The SSH key of git pull. */
  async removeKey(): Promise<void> {
    const SecretId = `gitsource/${this.stack.name}/git-pull`;
    const command = new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true });
    await this.#rehearsal.clients.secretsManager.send(command);
  }

  close(): void {
    this.#sqs.destroy();
  }
}

/** A build has a stream of its own; a function writes JSON, and Lambda says something between its lines. */
function readPullLine({ logStreamName = '', message = '' }: FilteredLogEvent): { pull: string; line: string } {
  if (!message.startsWith('{')) return { pull: logStreamName, line: message };
  // Metrics are JSON too, and no lines.
  const { deliveryId, message: line = '' } = JSON.parse(message);
  return line === '' ? { pull: logStreamName, line } : { pull: deliveryId, line };
}

/** A function's own message, or Lambda's where the last retry failed. */
function readDeadLetter(text: string): DeadLetter {
  const { code, message, requestPayload, responsePayload, ...own } = JSON.parse(text);
  return {
    repository: (requestPayload ?? own).detail?.repository?.path ?? '',
    code: code ?? responsePayload?.errorType,
    reason: message ?? responsePayload?.errorMessage,
    text,
  };
}
