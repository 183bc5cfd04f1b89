import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type GitEvent, objectKeyOf, type Repository } from '@gitsource/events';
import { commitFiles, type LocalRepository, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sign } from '../../../packages/providers/src/generic/fixtures/sign.ts';
import { PROVIDER_NAMES } from '../../../packages/providers/src/registry.ts';
import { deliver as deliverFixture } from '../../../packages/providers/src/test/fixture.ts';
import { type DeployedStack, deployStack } from '../src/deploy-stack.ts';
import { CODE_PREFIX, uploadZips } from '../src/upload-zips.ts';
import { readCheckout } from './read-checkout.ts';
import { readZip } from './read-zip.ts';
import { PROJECT_FOLDER, type Rehearsal, startEmptyAccount } from './rehearsal.ts';

const SECRET = 'a-webhook-secret';
const ZEROS = '0'.repeat(40);

let rehearsal: Rehearsal;
let stack: DeployedStack;
let repository: LocalRepository;
let sqs: SQSClient;

beforeAll(async () => {
  rehearsal = await startEmptyAccount();
  const { aws, clients, git } = rehearsal;
  sqs = new SQSClient({ endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials });
  const CodeBucket = `gitsource-code-${aws.accountId}-${aws.region}`;
  await uploadZips(clients.s3, CodeBucket, join(PROJECT_FOLDER, 'apps'));
  stack = await deployStack(clients.cloudFormation, {
    name: 'sources',
    templateFile: join(PROJECT_FOLDER, 'cloudformation', 'git-to-s3.yaml'),
    parameters: {
      CodeBucket,
      CodePrefix: CODE_PREFIX,
      Provider: 'generic',
      Host: new URL(git.served.sshUrl).hostname,
      KnownHosts: git.served.knownHosts.trim(),
      ApiSecret: SECRET,
      AllowedRepositories: 'team/*',
    },
  });
  git.allowKey(stack.outputs.PublicSSHKey ?? '');
  repository = await git.createRepository('team/app');
}, 120_000);

afterAll(async () => {
  sqs.destroy();
  await rehearsal.close();
});

interface Change {
  readonly ref: string;
  readonly before?: string;
  readonly after: string;
}

/** `path` is what the delivery calls the repository that its URLs are of. */
async function deliver(changes: readonly Change[], { name, httpsUrl, sshUrl } = repository, path = name) {
  const body = Buffer.from(JSON.stringify({ repository: { path, httpsUrl, sshUrl }, changes }));
  const named = { 'content-type': 'application/json', 'gitsource-event': 'push', 'webhook-id': crypto.randomUUID() };
  const headers = { ...named, ...sign(body, SECRET, Date.now(), named) };
  const response = await fetch(stack.outputs.GitPullWebHookApi ?? '', { method: 'POST', headers, body });
  return response.status;
}

const bucket = () => stack.outputs.OutputBucketName ?? '';

async function stored(key: string): Promise<Record<string, string> | undefined> {
  const { s3 } = rehearsal.clients;
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket(), Key: key })).catch(() => undefined);
  return object?.Metadata;
}

async function waitForCommit(key: string, commit: string): Promise<Record<string, string>> {
  for (;;) {
    const metadata = await stored(key);
    if (metadata?.commit === commit) return metadata;
    await delay(100);
  }
}

async function versionsOf(key: string): Promise<number> {
  const found = await rehearsal.clients.s3.send(new ListObjectVersionsCommand({ Bucket: bucket(), Prefix: key }));
  return found.Versions?.length ?? 0;
}

/** What the provider's fixture tells. */
function fixtureOf(provider: string, fixture: string) {
  const file = `../../../packages/providers/src/${provider}/fixtures/${fixture}.golden.json`;
  const [change] = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')).changes;
  return { ...(change as Pick<GitEvent, 'ref' | 'refType' | 'refName' | 'repository'>), fixture };
}

/** Fails as soon as a push could not become a zip. */
async function waitForObject(Bucket: string, Key: string, QueueUrl: string) {
  const { clients } = rehearsal;
  for (;;) {
    const object = await clients.s3.send(new GetObjectCommand({ Bucket, Key })).catch(() => undefined);
    if (object !== undefined) return object;
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages.map(({ Body }) => Body)).toEqual([]);
    await delay(200);
  }
}

const files = {
  'README.md': 'hello\n',
  '.github/workflows/a.yml': 'x\n',
  '.gitignore': 'out/\n',
  'run.sh': { executable: '#!/bin/sh\n' },
  link: { symlink: 'README.md' },
};

describe('git pull', () => {
  it('keeps the newest commit of a branch and of a tag of the same name, with modes and links', async () => {
    const onBranch = await commitFiles(repository.folder, 'v1', { message: 'Branch\n', files });
    const onTag = await commitFiles(repository.folder, 'refs/tags/v1', { message: 'Tag\n', files: { a: 'tag\n' } });

    const status = await deliver([
      { ref: 'refs/heads/v1', before: ZEROS, after: onBranch },
      { ref: 'refs/tags/v1', before: ZEROS, after: onTag },
    ]);

    expect(status).toBe(202);
    const metadata = await waitForCommit('team/app/v1/team_app.zip', onBranch);
    expect(metadata).toMatchObject({ ref: 'refs/heads/v1', repository: 'team/app' });
    await waitForCommit('team/app/tags/v1/team_app.zip', onTag);
    const { Body } = await rehearsal.clients.s3.send(
      new GetObjectCommand({ Bucket: bucket(), Key: 'team/app/v1/team_app.zip' }),
    );
    const zip = await readZip(Buffer.from((await Body?.transformToByteArray()) ?? []));
    expect(Object.fromEntries(zip)).toEqual({
      'README.md': { mode: 0o100644, content: 'hello\n' },
      '.github/workflows/a.yml': { mode: 0o100644, content: 'x\n' },
      '.gitignore': { mode: 0o100644, content: 'out/\n' },
      'run.sh': { mode: 0o100755, content: '#!/bin/sh\n' },
      link: { mode: 0o120777, content: 'README.md' },
    });
  }, 60_000);

  it('ends at the newest commit when the deliveries of three pushes come in the wrong order', async () => {
    const commits: string[] = [];
    for (const n of [1, 2, 3]) {
      commits.push(await commitFiles(repository.folder, 'main', { message: `${n}\n`, files: { n: `${n}\n` } }));
    }

    const statuses = await Promise.all(
      commits.toReversed().map((after) => deliver([{ ref: 'refs/heads/main', before: ZEROS, after }])),
    );

    expect(statuses).toEqual([202, 202, 202]);
    await waitForCommit('team/app/main/team_app.zip', commits[2] ?? '');
    await delay(3000);
    expect((await stored('team/app/main/team_app.zip'))?.commit).toBe(commits[2]);
  }, 60_000);

  it('leaves the last zip of a deleted branch, and does nothing for another repository', async () => {
    const key = 'team/app/main/team_app.zip';
    const before = await versionsOf(key);
    await runGit(repository.folder, ['update-ref', '-d', 'refs/heads/main']);

    expect(await deliver([{ ref: 'refs/heads/main', before: '1'.repeat(40), after: ZEROS }])).toBe(202);
    const pushed = [{ ref: 'refs/heads/main', before: ZEROS, after: '1'.repeat(40) }];
    const other = await rehearsal.git.createRepository('other/app');
    expect(await deliver(pushed, other)).toBe(200);
    // Or its zip would be put at the key of the one that is served.
    expect(await deliver(pushed, other, repository.name)).toBe(400);
    await delay(1500);
    expect(await versionsOf(key)).toBe(before);
  }, 60_000);
});

/** Its host has a port for HTTPS, which SSH does not share. */
const HOSTS: Readonly<Record<string, string>> = { 'bitbucket-server': 'git.example.com:8443' };

describe('git pull from every provider, by its own deliveries', () => {
  let served: Readonly<Record<'plain' | 'azure', LocalRepository>>;

  beforeAll(async () => {
    const { git } = rehearsal;
    // As the fixtures' SSH URLs have them.
    const plain = await git.createRepository('acme/shop');
    served = { plain, azure: await git.createRepository('v3/acme/Web Shop/shop') };
  });

  async function deploy(provider: string, { host, path }: Repository): Promise<DeployedStack> {
    const { aws, clients, git } = rehearsal;
    const deployed = await deployStack(clients.cloudFormation, {
      name: `pull-${provider}`,
      templateFile: join(PROJECT_FOLDER, 'cloudformation', 'git-to-s3.yaml'),
      parameters: {
        CodeBucket: `gitsource-code-${aws.accountId}-${aws.region}`,
        CodePrefix: CODE_PREFIX,
        Provider: provider,
        Host: HOSTS[provider] ?? host,
        // As split DNS would: names and ports are those of the deliveries, the server is here.
        HostOverride: new URL(git.served.sshUrl).host,
        KnownHosts: git.served.knownHosts.trim(),
        ApiSecret: SECRET,
        PublicRepositories: 'true',
        AllowedRepositories: path.replace('Web Shop', '*'),
      },
    });
    git.allowKey(deployed.outputs.PublicSSHKey ?? '');
    return deployed;
  }

  it.each(PROVIDER_NAMES)(
    'from %s brings branch and tag of its fixtures, as a checkout has them',
    async (provider) => {
      const { folder } = provider === 'azure-devops' ? served.azure : served.plain;
      const [branch, tag] = [fixtureOf(provider, 'branch-update'), fixtureOf(provider, 'tag-create')];
      const { outputs } = await deploy(provider, branch.repository);
      const Bucket = outputs.OutputBucketName ?? '';
      for (const { fixture, ref, refType, refName, repository: told } of [branch, tag]) {
        const commit = await commitFiles(folder, ref, { message: `${provider}\n`, files: { ...files, provider, ref } });
        const delivery = await deliverFixture(provider, fixture, SECRET, Date.now());
        const request = { method: 'POST', headers: delivery.headers, body: new Uint8Array(delivery.body) };

        expect((await fetch(outputs.GitPullWebHookApi ?? '', request)).status).toBe(202);

        const Key = objectKeyOf({ repository: told, refType, refName });
        const object = await waitForObject(Bucket, Key, outputs.DeadLetterQueueUrl ?? '');
        expect(object.Metadata).toMatchObject({ commit, ref });
        const zip = await readZip((await object.Body?.transformToByteArray()) ?? new Uint8Array());
        expect(Object.fromEntries(zip)).toEqual(await readCheckout(folder, commit));
      }
    },
    90_000,
  );
});
