import { type FilteredLogEvent, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DeployedStack } from '../src/deploy-stack.ts';
import type { Rehearsal } from './rehearsal.ts';

/** A push that was given up, as its message in the dead-letter queue tells it. */
export interface DeadLetter {
  readonly repository: string;
  readonly code: string;
  readonly reason: string;
  /** The whole message. */
  readonly text: string;
}

type LogGroupOutput = 'DownloadLogGroup' | 'GitPullLogGroup' | 'ReceiverLogGroup';

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

  /** The same by stream: each build has one. */
  async streamsOf(output: LogGroupOutput): Promise<string[][]> {
    const streams = new Map<string, string[]>();
    for (const { logStreamName = '', message = '' } of await this.#readLog(output)) {
      streams.set(logStreamName, [...(streams.get(logStreamName) ?? []), message]);
    }
    return [...streams.values()];
  }

  async #readLog(output: LogGroupOutput): Promise<FilteredLogEvent[]> {
    const logGroupName = this.stack.outputs[output];
    const found: FilteredLogEvent[] = [];
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

  close(): void {
    this.#sqs.destroy();
  }
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
