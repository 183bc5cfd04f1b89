import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CodePipelineClient,
  GetJobDetailsCommand,
  GetPipelineExecutionCommand,
  InvalidJobStateException,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { CreateBucketCommand, GetObjectCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { ResourceNotFoundException, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type LocalAws, startLocalAws } from '@gitsource/local-aws';
import { type GitServer, startGitServer } from '@gitsource/local-git';
import { openSystemSsh } from '../src/open-ssh.ts';
import type { JobPorts, OtherWay, Ports, PushPorts } from '../src/ports.ts';
import { StepLog } from '../src/step-log.ts';

const $metadata = {};
/** The versioned bucket of pushes. */
export const SOURCES = 'sources';
export const CACHE = 'git-cache';
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** One acknowledged job, and a bucket for pushes, beside a real Git server and the embedded S3. */
export class JobFixture {
  readonly scratch = mkdtempSync(join(tmpdir(), 'source-clone-test-'));
  readonly lines: string[] = [];
  readonly secrets = new Map<string, string>();
  /** Where the job's artifact goes. */
  bucket = 'store';
  readonly stop = new AbortController();
  configuration: Record<string, string> = {};
  /** What was waited between attempts. */
  readonly pauses: number[] = [];
  queueUrl = '';
  variables: { name: string; resolvedValue: string }[] = [];
  result: PutJobSuccessResultCommand['input'] | PutJobFailureResultCommand['input'] | undefined;
  readonly aws: LocalAws;
  readonly git: GitServer;
  readonly #folder: string;
  readonly #otherWay: OtherWay;

  private constructor(folder: string, aws: LocalAws, git: GitServer, otherWay: OtherWay) {
    this.#otherWay = otherWay;
    this.#folder = folder;
    this.aws = aws;
    this.git = git;
  }

  static async start(otherWay: OtherWay): Promise<JobFixture> {
    const folder = mkdtempSync(join(tmpdir(), 'source-clone-servers-'));
    const aws = await startLocalAws({ dataFolder: join(folder, 'aws'), services: ['s3', 'sqs', 'sts', 'iam', 'kms'] });
    process.env.AWS_ENDPOINT_URL_S3 = aws.endpointUrl;
    const fixture = new JobFixture(folder, aws, await startGitServer({ folder: join(folder, 'git') }), otherWay);
    for (const Bucket of ['store', SOURCES, CACHE]) await fixture.s3.send(new CreateBucketCommand({ Bucket }));
    fixture.queueUrl = (await fixture.sqs.send(new CreateQueueCommand({ QueueName: 'lost' }))).QueueUrl ?? '';
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await fixture.s3.send(new PutBucketVersioningCommand({ Bucket: SOURCES, VersioningConfiguration }));
    return fixture;
  }

  get s3(): S3Client {
    const { region, credentials, endpointUrl } = this.aws;
    return new S3Client({ region, credentials, endpoint: endpointUrl });
  }

  get sqs(): SQSClient {
    const { region, credentials, endpointUrl } = this.aws;
    return new SQSClient({ region, credentials, endpoint: endpointUrl });
  }

  async artifact(): Promise<Uint8Array> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: 'store', Key: 'sample/Out/abc' }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }

  /** A pushed ref's object: its metadata, and its files as `unzip` reads them. */
  async source(Key: string): Promise<{ metadata: Record<string, string>; files: Record<string, string> }> {
    const { Body, Metadata = {} } = await this.s3.send(new GetObjectCommand({ Bucket: SOURCES, Key }));
    const file = join(this.#folder, 'source.zip');
    writeFileSync(file, (await Body?.transformToByteArray()) ?? new Uint8Array());
    const unzip = (...args: string[]) => execFileSync('unzip', args, { encoding: 'utf8', maxBuffer: MAX_FILE_BYTES });
    const names = unzip('-Z1', file).trim().split('\n');
    return { metadata: Metadata, files: Object.fromEntries(names.map((name) => [name, unzip('-p', file, name)])) };
  }

  get ports(): JobPorts {
    const send = async (command: object) => this.#answer(command);
    // The client's many overloads stand for one call by command, which is all the verbs make.
    return { ...this.#shared, codePipeline: { send: send as CodePipelineClient['send'] }, now: Date.now };
  }

  get pushPorts(): PushPorts {
    const pause = async (ms: number) => void this.pauses.push(ms);
    return { ...this.#shared, s3: this.s3, sqs: this.sqs, pause };
  }

  get #shared(): Ports {
    const read = async ({ input: { SecretId = '' } }: { readonly input: { readonly SecretId?: string } }) => {
      const SecretString = this.secrets.get(SecretId);
      if (SecretString === undefined) throw new ResourceNotFoundException({ message: 'no', $metadata });
      return { SecretString };
    };
    return {
      secretsManager: { send: read as SecretsManagerClient['send'] },
      log: new StepLog((line) => this.lines.push(line), Date.now),
      environment: { PATH: process.env.PATH },
      workFolder: this.scratch,
      signal: this.stop.signal,
      progress: { packBytes: 0, artifactBytes: 0 },
      openSsh: openSystemSsh,
      otherWay: this.#otherWay,
    };
  }

  #answer(command: object): object {
    if (command instanceof GetJobDetailsCommand) return { jobDetails: { id: 'job-1', data: this.#data() } };
    if (command instanceof GetPipelineExecutionCommand) return { pipelineExecution: { variables: this.variables } };
    if (command instanceof PutJobSuccessResultCommand || command instanceof PutJobFailureResultCommand) {
      if (this.result !== undefined) throw new InvalidJobStateException({ message: 'finished', $metadata });
      this.result = command.input;
      return {};
    }
    throw new Error(`unexpected call ${command.constructor.name}`);
  }

  #data(): object {
    const { accessKeyId, secretAccessKey } = this.aws.credentials;
    return {
      actionConfiguration: { configuration: this.configuration },
      pipelineContext: { pipelineName: 'sample', pipelineExecutionId: 'e-1', action: { name: 'Checkout' } },
      outputArtifacts: [
        { name: 'Out', location: { s3Location: { bucketName: this.bucket, objectKey: 'sample/Out/abc' } } },
      ],
      artifactCredentials: { accessKeyId, secretAccessKey, sessionToken: '' },
    };
  }

  async close(): Promise<void> {
    delete process.env.AWS_ENDPOINT_URL_S3;
    await this.git.close();
    await this.aws.close();
    for (const folder of [this.scratch, this.#folder]) rmSync(folder, { recursive: true, force: true });
  }
}
