import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type CommitSha, type GitEvent, parseCommitSha } from '@gitsource/events';
import { type LocalAws, startLocalAws } from '@gitsource/local-aws';
import { commitFiles, runGit } from '@gitsource/local-git';
import type { OpenArchive } from '@gitsource/providers/archives';
import type { LogFields } from '@gitsource/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';
import type { DownloadedArchive } from './ports.ts';

const BUCKET = 'sources';
const KEY = 'team/app/main/team_app.zip';

let folder: string;
let aws: LocalAws;
let s3: S3Client;
let secretsManager: SecretsManagerClient;
let sqs: SQSClient;
let queueUrl: string;
let repository: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-download-'));
  aws = await startLocalAws({ dataFolder: folder });
  const settings = { endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials };
  s3 = new S3Client(settings);
  secretsManager = new SecretsManagerClient(settings);
  sqs = new SQSClient(settings);
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } }));
  const connection = { provider: 'github', host: 'github.com', token: 'hunter2', allowedRepositories: ['team/*'] };
  const Name = 'gitsource/stack/zip-download';
  await secretsManager.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(connection) }));
  queueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }))).QueueUrl ?? '';
  repository = join(folder, 'repository.git');
  execFileSync('git', ['init', '--quiet', '--bare', repository]);
}, 60_000);

afterAll(async () => {
  for (const client of [s3, secretsManager, sqs]) client?.destroy();
  await aws?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A provider that makes its archives as all do, of a real repository. */
class Provider implements DownloadedArchive {
  opened = 0;
  failure: Error | undefined;
  /** Bytes at the end that do not arrive. */
  cut = 0;

  async resolveRef({ ref }: { ref: string }): Promise<CommitSha | undefined> {
    if (this.failure !== undefined) throw this.failure;
    const sha = await runGit(repository, ['for-each-ref', '--format=%(objectname)', ref]);
    return sha === '' ? undefined : parseCommitSha(sha);
  }

  async open({ commit }: { commit: string }): Promise<OpenArchive> {
    this.opened++;
    const options = { cwd: repository, maxBuffer: 1e8 };
    const zip = execFileSync('git', ['archive', '--format=zip', `--prefix=app-${commit}/`, commit], options);
    const { cut } = this;
    async function* body() {
      yield zip.subarray(0, 100);
      yield zip.subarray(100, zip.length - cut);
    }
    return { body: body(), topFolder: 'strip' };
  }
}

let provider: Provider;
let lines: { message: string; fields: LogFields }[];
let handle: (input: unknown) => Promise<void>;

beforeEach(() => {
  provider = new Provider();
  lines = [];
  const write = (message: string, fields: LogFields = {}) => void lines.push({ message, fields });
  const ports = {
    s3,
    secretsManager,
    sqs,
    findArchive: async (name: string) => (name === 'github' ? provider : undefined),
    log: { debug: write, info: write, warn: write, error: write },
  };
  const config = readConfig({
    OUTPUT_BUCKET: BUCKET,
    CONNECTION_SECRET: 'gitsource/stack/zip-download',
    DEAD_LETTER_QUEUE_URL: queueUrl,
  });
  const handler = createHandler(ports, config);
  handle = (input) => handler(input, { getRemainingTimeInMillis: () => 60_000 });
});

function event(change: Partial<GitEvent> = {}): object {
  const detail: GitEvent = {
    schemaVersion: 1,
    deliveryId: 'delivery-1',
    connection: 'zip-download',
    provider: 'github',
    repository: {
      host: 'github.com',
      path: 'team/app',
      name: 'app',
      sshUrl: 'git@github.com:team/app.git',
      httpsUrl: 'https://github.com/team/app.git',
      webUrl: 'https://github.com/team/app',
    },
    ref: 'refs/heads/main',
    refType: 'branch',
    refName: 'main',
    after: parseCommitSha('a'.repeat(40)),
    created: false,
    deleted: false,
    forced: false,
    changedPaths: [],
    changedPathsComplete: false,
    skipCi: false,
    ...change,
  };
  return { source: 'gitsource', 'detail-type': 'Git Push', detail };
}

const files = {
  'README.md': 'hello\n',
  'run.sh': { executable: '#!/bin/sh\n' },
  link: { symlink: 'README.md' },
  '.github/a.yml': 'x\n',
};

async function versions(): Promise<number> {
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: BUCKET, Prefix: KEY }));
  return Versions.length;
}

async function deadLetter(): Promise<Record<string, unknown> | undefined> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 0 }));
  return Messages[0]?.Body === undefined ? undefined : JSON.parse(Messages[0].Body);
}

describe('a push', () => {
  it('brings the newest commit of its ref into the bucket, and is done once', async () => {
    const sha = await commitFiles(repository, 'main', { message: 'One\n', files });

    await handle(event());
    await handle(event({ deliveryId: 'again' }));

    const object = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: KEY }));
    expect(object.Metadata).toEqual({
      commit: sha,
      ref: 'refs/heads/main',
      repository: 'team/app',
      host: 'github.com',
      delivery: 'delivery-1',
    });
    const zip = join(folder, 'artifact.zip');
    await writeFile(zip, (await object.Body?.transformToByteArray()) ?? '');
    const python = 'import sys,zipfile;print("\\n".join(sorted(zipfile.ZipFile(sys.argv[1]).namelist())))';
    expect(execFileSync('python3', ['-c', python, zip], { encoding: 'utf8' }).trim().split('\n')).toEqual(
      Object.keys(files).toSorted(),
    );
    expect(provider.opened).toBe(1);
    expect(lines.map(({ fields }) => fields.outcome)).toEqual(['uploaded', 'already-there']);
  });

  it('of a ref that was deleted leaves its last zip', async () => {
    const before = await versions();
    const { after: _after, ...gone } = (event({ deleted: true }) as { detail: GitEvent }).detail;

    await handle({ detail: gone });
    await handle(event({ ref: 'refs/heads/never', refName: 'never' }));

    expect(lines.map(({ fields }) => fields.outcome)).toEqual(['deleted', 'ref-missing']);
    expect(await versions()).toBe(before);
  });

  it('whose archive is cut off leaves the bucket as it was, and is tried again', async () => {
    const before = await versions();
    await commitFiles(repository, 'main', { message: 'Two\n', files: { 'two.txt': 'x'.repeat(20_000) } });
    provider.cut = 100;

    const code = 'artifact/archive-truncated';
    // Lambda hands the name on.
    await expect(handle(event())).rejects.toMatchObject({ code, name: code, retryable: true });
    expect(await versions()).toBe(before);
  });

  it('that cannot help itself goes to the dead-letter queue with its reason', async () => {
    const repositoryOf = (path: string) => ({ ...(event() as { detail: GitEvent }).detail.repository, path });

    await handle(event({ repository: repositoryOf('other/app') }));
    expect(await deadLetter()).toMatchObject({
      code: 'archive-download/repository-not-served',
      detail: { deliveryId: 'delivery-1' },
    });

    await handle({ detail: {} });
    expect(await deadLetter()).toMatchObject({ code: 'events/event-invalid' });
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  it('that may succeed later is thrown', async () => {
    provider.failure = Object.assign(new Error('down'), { code: 'ECONNRESET' });

    await expect(handle(event())).rejects.toThrow('down');
    expect(await deadLetter()).toBeUndefined();
  });
});
