import { join } from 'node:path';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deliver } from '../../../packages/providers/src/test/fixture.ts';
import { deployWebhookReceiver } from '../src/deploy-sample.ts';
import { uploadZips } from '../src/upload-zips.ts';
import { PROJECT_FOLDER, type Rehearsal, startEmptyAccount } from './rehearsal.ts';

const SECRET = 'a webhook secret';

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await startEmptyAccount();
  const { aws, clients } = rehearsal;
  await uploadZips(clients.s3, `gitsource-code-${aws.accountId}-${aws.region}`, join(PROJECT_FOLDER, 'apps'));
  const SecretString = JSON.stringify({ provider: 'github', host: 'github.com', webhookSecret: SECRET });
  await clients.secretsManager.send(new CreateSecretCommand({ Name: 'gitsource/hub', SecretString }));
}, 120_000);

afterAll(() => rehearsal.close());

/** A signed push whose body is not ASCII, and one with a wrong secret. */
async function statusesAt(url: string): Promise<number[]> {
  const statuses: number[] = [];
  for (const secret of [SECRET, 'guessed']) {
    const delivery = await deliver('github', 'non-ascii', secret, Date.now());
    const request = { method: 'POST', headers: delivery.headers, body: new Uint8Array(delivery.body) };
    statuses.push((await fetch(url, request)).status);
  }
  return statuses;
}

it('answers at a function URL', async () => {
  const { outputs } = await deployWebhookReceiver(rehearsal, PROJECT_FOLDER, { PublicEndpoint: 'FUNCTION_URL' });

  expect(outputs.WebhookUrl).toBeUndefined();
  expect(await statusesAt(`${outputs.FunctionWebhookUrl}hub`)).toEqual([202, 401]);
  expect((await fetch(`${outputs.FunctionWebhookUrl}hub`)).status).toBe(405);
}, 60_000);

it('answers in a VPC only, where the public endpoint is left out', async () => {
  const { outputs } = await deployWebhookReceiver(rehearsal, PROJECT_FOLDER, {
    PublicEndpoint: 'NONE',
    VpcId: 'vpc-0a1b2c3d',
    SubnetIds: 'subnet-0a1b2c3d,subnet-1a1b2c3d',
  });

  expect(Object.keys(outputs).filter((name) => name.endsWith('WebhookUrl'))).toEqual(['PrivateWebhookUrl']);
  const { hostname, pathname } = new URL(outputs.PrivateWebhookUrl ?? '');
  const [apiId] = hostname.split('.');
  expect(await statusesAt(`${rehearsal.aws.endpointUrl}/execute-api/${apiId}${pathname}hub`)).toEqual([202, 401]);
}, 60_000);

it('answers at a domain of its own', async () => {
  const { outputs } = await deployWebhookReceiver(rehearsal, PROJECT_FOLDER, {
    DomainName: 'webhooks.example.com',
    CertificateArn: `arn:aws:acm:us-east-1:${rehearsal.aws.accountId}:certificate/0a1b2c3d`,
  });

  expect(outputs.DomainWebhookUrl).toBe('https://webhooks.example.com/webhooks/');
  expect(outputs.DomainTarget).toMatch(/\.execute-api\./);
  expect(await statusesAt(`${outputs.WebhookUrl}hub`)).toEqual([202, 401]);
}, 60_000);

it.each([
  [{ PublicEndpoint: 'NONE' }, 'needs VpcId'],
  [{ PublicEndpoint: 'FUNCTION_URL', DomainName: 'webhooks.example.com' }, 'needs PublicEndpoint HTTP_API'],
  [{ DomainName: 'webhooks.example.com' }, 'DomainName needs CertificateArn'],
  [{ VpcId: 'vpc-0a1b2c3d' }, 'VpcId needs SubnetIds'],
  [{ EventBusName: 'default' }, 'and not default'],
])('refuses %j with what is missing', async (parameters, message) => {
  await expect(deployWebhookReceiver(rehearsal, PROJECT_FOLDER, parameters)).rejects.toThrow(message);
});
