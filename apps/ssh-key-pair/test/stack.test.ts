import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { parseGitRef, parseGitUrl } from '@gitsource/events';
import { fetchCommit } from '@gitsource/git';
import { type LocalAws, startLocalAws } from '@gitsource/local-aws';
import { commitFiles, type GitServer, type LocalRepository, startGitServer } from '@gitsource/local-git';
import { readConnection } from '@gitsource/runtime';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const TEMPLATE = readFileSync(join(import.meta.dirname, 'stack.yaml'), 'utf8');
const ZIP = join(import.meta.dirname, '../dist/ssh-key-pair.zip');
/** Fetching needs the system's SSH client. */
const hasSsh = (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, 'ssh')));

let folder: string;
let aws: LocalAws;
let git: GitServer;
let repository: LocalRepository;
let sha: string;
let cloudformation: CloudFormationClient;
let secretsManager: SecretsManagerClient;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ssh-key-pair-stack-'));
  aws = await startLocalAws({ dataFolder: join(folder, 'aws') });
  git = await startGitServer({ folder: join(folder, 'git') });
  repository = await git.createRepository('team/app');
  sha = await commitFiles(repository.folder, 'main', { message: 'First', files: { 'a.txt': 'a\n' } });
  const settings = { endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials };
  cloudformation = new CloudFormationClient(settings);
  secretsManager = new SecretsManagerClient(settings);
  lambda = new LambdaClient(settings);
  logs = new CloudWatchLogsClient(settings);
  const s3 = new S3Client(settings);
  await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
  await s3.send(new PutObjectCommand({ Bucket: 'code', Key: 'ssh-key-pair.zip', Body: readFileSync(ZIP) }));
});

afterAll(async () => {
  await git.close();
  await aws.close();
  rmSync(folder, { recursive: true, force: true });
});

type Parameters = Readonly<Record<string, string>>;

function input(StackName: string, given: Parameters) {
  const all = { Host: `127.0.0.1:${git.ssh.port}`, KnownHosts: git.ssh.knownHosts, ...given };
  const parameters = Object.entries(all).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
  return { StackName, TemplateBody: TEMPLATE, Capabilities: ['CAPABILITY_IAM' as const], Parameters: parameters };
}

async function create(name: string, given: Parameters = {}): Promise<Stack> {
  const { StackId = '' } = await cloudformation.send(new CreateStackCommand(input(name, given)));
  return settled(StackId);
}

async function update(stack: Stack, given: Parameters): Promise<Stack> {
  await cloudformation.send(new UpdateStackCommand(input(stack.StackId ?? '', given)));
  return settled(stack.StackId ?? '');
}

async function remove(stack: Stack): Promise<Stack> {
  await cloudformation.send(new DeleteStackCommand({ StackName: stack.StackId }));
  return settled(stack.StackId ?? '');
}

function settled(StackName: string): Promise<Stack> {
  return vi.waitFor(
    async () => {
      const { Stacks = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
      const [stack] = Stacks;
      if (stack === undefined || stack.StackStatus?.endsWith('_IN_PROGRESS') !== false) throw new Error('under way');
      return stack;
    },
    { timeout: 50_000, interval: 50 },
  );
}

function outputs({ Outputs = [] }: Stack): Record<string, string> {
  return Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}

async function reasons({ StackId }: Stack): Promise<string> {
  const { StackEvents = [] } = await cloudformation.send(new DescribeStackEventsCommand({ StackName: StackId }));
  const own = StackEvents.filter(({ LogicalResourceId }) => LogicalResourceId === 'KeyPair');
  return own.map(({ ResourceStatus, ResourceStatusReason }) => `${ResourceStatus} ${ResourceStatusReason}`).join('\n');
}

/** Text of a version; `undefined` if there is none to be read. */
async function stored(SecretId: string, VersionStage = 'AWSCURRENT'): Promise<string | undefined> {
  const read = secretsManager.send(new GetSecretValueCommand({ SecretId, VersionStage }));
  return (await read.catch(() => undefined))?.SecretString;
}

/** Fetches with the connection as the source action does. */
async function fetchWith(secretName: string): Promise<string> {
  const { sshPrivateKey: privateKey = '', knownHosts = '' } = await readConnection(secretsManager, secretName);
  const fetched = await fetchCommit({
    url: parseGitUrl(repository.sshUrl),
    ref: parseGitRef('main'),
    credentials: { kind: 'ssh', privateKey, knownHosts },
    workFolder: join(folder, 'work'),
    environment: { PATH: process.env.PATH },
  });
  await fetched.dispose();
  return fetched.commit.sha;
}

describe.skipIf(!hasSsh)('a stack with a key pair (skipped where there is no `ssh`)', { timeout: 120_000 }, () => {
  it('opens a repository, keeps its key, changes it, and deletes it', async () => {
    const created = await create('keys');
    const first = outputs(created).PublicSSHKey ?? '';
    expect([created.StackStatus, first]).toEqual([
      'CREATE_COMPLETE',
      expect.stringMatching(/^ssh-ed25519 AAAA\S+ gitsource\/my-git$/),
    ]);
    await expect(fetchWith('gitsource/my-git')).rejects.toMatchObject({ code: 'git/authentication-failed' });
    git.allowKey(first);
    expect(await fetchWith('gitsource/my-git')).toBe(sha);

    const kept = await update(created, { WebhookSecret: 'h00k' });
    expect([kept.StackStatus, outputs(kept).PublicSSHKey]).toEqual(['UPDATE_COMPLETE', first]);
    expect(await readConnection(secretsManager, 'gitsource/my-git')).toMatchObject({ webhookSecrets: ['h00k'] });

    const changed = await update(created, { WebhookSecret: 'h00k', KeyType: 'rsa' });
    const second = outputs(changed).PublicSSHKey ?? '';
    expect(second).toMatch(/^ssh-rsa /);
    await expect(fetchWith('gitsource/my-git')).rejects.toMatchObject({ code: 'git/authentication-failed' });
    git.allowKey(second);
    expect(await fetchWith('gitsource/my-git')).toBe(sha);
    expect(await stored('gitsource/my-git', 'AWSPREVIOUS')).toContain('h00k');

    const removed = await remove(created);
    expect(removed.StackStatus).toBe('DELETE_COMPLETE');
    expect(await stored('gitsource/my-git')).toBeUndefined();
  });

  it('returns to its key when another resource fails', async () => {
    const created = await create('rolled-back', { SecretName: 'gitsource/rolled-back' });
    const before = outputs(created);
    git.allowKey(before.PublicSSHKey ?? '');

    const changed = await update(created, { SecretName: 'gitsource/rolled-back', Generation: '2', Fail: 'yes' });

    expect([changed.StackStatus, outputs(changed)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', before]);
    expect(await fetchWith('gitsource/rolled-back')).toBe(sha);
  });

  it('takes its key to a secret of another name', async () => {
    const created = await create('renamed', { SecretName: 'gitsource/before' });
    git.allowKey(outputs(created).PublicSSHKey ?? '');

    const changed = await update(created, { SecretName: 'gitsource/after' });

    expect([changed.StackStatus, outputs(changed).SecretName]).toEqual(['UPDATE_COMPLETE', 'gitsource/after']);
    expect(outputs(changed).Fingerprint).toBe(outputs(created).Fingerprint);
    expect(await fetchWith('gitsource/after')).toBe(sha);
    expect(await stored('gitsource/before')).toBeUndefined();
  });

  it('gives the same answer to a request that comes again', async () => {
    const SecretName = 'gitsource/again';
    const created = await create('again', { SecretName });
    const before = await stored(SecretName);
    const { FunctionName, Logs } = outputs(created);
    const event = {
      RequestType: 'Create',
      ResponseURL: `${aws.endpointUrl}/cloudformation-custom-resource-response-useast1/x?X-Amz-Signature=s3cret`,
      StackId: created.StackId,
      RequestId: 'again',
      LogicalResourceId: 'KeyPair',
      ResourceProperties: { SecretName, Host: 'git.example.com' },
    };

    const { FunctionError } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) }),
    );

    // Nobody waits at that URL any more, which is why the function fails after its work.
    expect(FunctionError).toBe('Unhandled');
    expect(await stored(SecretName)).toBe(before);
    // Lines reach the log group a little later.
    const text = await vi.waitFor(async () => {
      const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: Logs }));
      const lines = events.map(({ message }) => message).join('\n');
      expect(lines).toContain('runtime/custom-resource-unanswered');
      return lines;
    }, 10_000);
    expect(text.match(/key pair ready/g)).toHaveLength(2);
    expect(text).not.toMatch(/PRIVATE KEY|s3cret|X-Amz-Signature/);
  });

  it.each([
    [
      'a name that is taken',
      { SecretName: 'gitsource/taken' },
      /\[ssh-key-pair\/secret-not-owned\].*another SecretName/,
    ],
    [
      'a name it may not use',
      { SecretName: 'other/name' },
      /\[ssh-key-pair\/secret-denied\].*secretsmanager:CreateSecret/,
    ],
    [
      'wrong properties',
      { KeyType: 'dsa', RecoveryWindowInDays: '1' },
      /\[ssh-key-pair\/properties-invalid\].*KeyType.*Recovery/,
    ],
  ])('is rolled back for %s, with the reason in its events', async (what, given, reason) => {
    await secretsManager
      .send(new CreateSecretCommand({ Name: 'gitsource/taken', SecretString: 'x' }))
      .catch(() => undefined);

    const stack = await create(`refused-${what.split(' ').at(-1)}`, given);

    expect(stack.StackStatus).toBe('ROLLBACK_COMPLETE');
    expect(await reasons(stack)).toMatch(reason);
    expect(await stored('gitsource/taken')).toBe('x');
  });
});
