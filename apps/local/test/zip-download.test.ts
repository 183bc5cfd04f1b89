import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { objectKeyOf } from '@gitsource/events';
import { commitFiles, createCertificates } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { deliver } from '../../../packages/providers/src/test/fixture.ts';
import {
  API_SERVER_PROVIDERS,
  type ApiServer,
  createApiServer,
} from '../../../packages/providers/test/api-servers/index.ts';
import { type DeployedStack, deployStack } from '../src/deploy-stack.ts';
import { CODE_PREFIX, uploadZips } from '../src/upload-zips.ts';
import { readCheckout } from './read-checkout.ts';
import { readZip } from './read-zip.ts';
import { PROJECT_FOLDER, type Rehearsal, startEmptyAccount } from './rehearsal.ts';

const SECRET = 'a-webhook-secret';

let rehearsal: Rehearsal;
let folder: string;
let sqs: SQSClient;
const servers: ApiServer[] = [];
const certificates = await createCertificates();

beforeAll(async () => {
  rehearsal = await startEmptyAccount();
  const { aws, clients } = rehearsal;
  await uploadZips(clients.s3, `gitsource-code-${aws.accountId}-${aws.region}`, join(PROJECT_FOLDER, 'apps'));
  sqs = new SQSClient({ endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials });
  folder = await mkdtemp(join(tmpdir(), 'zip-download-'));
}, 120_000);

afterAll(async () => {
  sqs.destroy();
  await rehearsal.close();
  for (const server of servers) await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** The repository that the provider's fixture speaks of. */
function fixtureOf(provider: string) {
  const file = `../../../packages/providers/src/${provider}/fixtures/branch-update.golden.json`;
  const [change] = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')).changes;
  return change as { repository: { host: string; path: string }; after: string };
}

async function deploy(server: ApiServer, host: string, path: string): Promise<DeployedStack> {
  const { aws, clients } = rehearsal;
  const { apiUrl, caCertificate, password = '' } = server.connection;
  return deployStack(clients.cloudFormation, {
    name: `zips-${server.provider}`,
    templateFile: join(PROJECT_FOLDER, 'cloudformation', 'git-to-s3.yaml'),
    parameters: {
      CodeBucket: `gitsource-code-${aws.accountId}-${aws.region}`,
      CodePrefix: CODE_PREFIX,
      Provider: server.provider,
      Host: host,
      ApiUrl: apiUrl,
      CaCertificate: caCertificate.trim(),
      GitToken: password,
      ApiSecret: SECRET,
      AllowedRepositories: path.includes(' ') ? '**' : path,
    },
  });
}

const files = {
  'README.md': 'hello\n',
  '.github/workflows/a.yml': 'x\n',
  'große Datei/ü.txt': 'ü\n',
  'run.sh': { executable: '#!/bin/sh\n' },
  link: { symlink: 'README.md' },
  empty: '',
  'large.bin': Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * index * 31 + (index >> 3)) % 251)),
};

describe.concurrent('zip download', () => {
  it.for(API_SERVER_PROVIDERS)(
    'from %s brings the newest commit of the pushed branch, as a checkout has it',
    { timeout: 90_000 },
    async (provider, { expect }) => {
      const { after, repository } = fixtureOf(provider);
      const bare = join(folder, `${provider}.git`);
      await mkdir(bare);
      execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
      const server = await createApiServer({ provider, repositories: { [repository.path]: bare }, certificates });
      servers.push(server);
      // Bitbucket Cloud's archives are at its host, not at its API's.
      const host = provider === 'bitbucket-cloud' ? server.connection.host : repository.host;
      const stack = await deploy(server, host, repository.path);
      const first = await commitFiles(bare, 'main', { message: 'One\n', files });
      const newest = await commitFiles(bare, 'main', { message: 'Two\n', files: { two: 'two\n' } });
      const template = await deliver(provider, 'branch-update', SECRET, Date.now());
      const post = async (commit: string, secret = SECRET) => {
        const text = Buffer.from(template.body).toString('utf8').replaceAll(after, commit);
        const body = Buffer.from(text.replaceAll(`https://${repository.host}/`, `https://${host}/`));
        const delivery = await deliver(provider, 'branch-update', secret, Date.now(), { body });
        const request = { method: 'POST', headers: delivery.headers, body: new Uint8Array(body) };
        return (await fetch(stack.outputs.ZipDownloadWebHookApi ?? '', request)).status;
      };

      // The newer push is told first.
      expect([await post(newest), await post(first), await post(newest, 'guessed')]).toEqual([202, 202, 401]);

      const Key = objectKeyOf({ repository, refType: 'branch', refName: 'main' });
      const target = { Bucket: stack.outputs.OutputBucketName ?? '', Key };
      const read = () => rehearsal.clients.s3.send(new GetObjectCommand(target)).catch(() => undefined);
      let object = await read();
      for (; object === undefined; object = await read()) {
        expect(await deadLetters(stack)).toEqual([]);
        await delay(100);
      }
      expect(object.Metadata?.commit).toBe(newest);
      const bytes = (await object.Body?.transformToByteArray()) ?? new Uint8Array();
      expect(Object.fromEntries(await readZip(bytes))).toEqual(await readCheckout(bare, newest));
      const zip = join(folder, `${provider}.zip`);
      await writeFile(zip, bytes);
      execFileSync('unzip', ['-tqq', zip]);
      await delay(1000);
      expect((await read())?.Metadata?.commit).toBe(newest);
    },
  );
});

/** What has gone wrong for good. */
async function deadLetters(stack: DeployedStack): Promise<(string | undefined)[]> {
  const QueueUrl = stack.outputs.DeadLetterQueueUrl ?? '';
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  return Messages.map(({ Body }) => Body);
}
