import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createCertificates } from '@gitsource/local-git';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HooksApi, startHooksApi, TOKEN } from '../../../packages/providers/test/hooks-api.ts';

const PROGRAM = fileURLToPath(new URL('../src/index.ts', import.meta.url));
const WEBHOOK_URL = 'https://abc.execute-api.eu-central-1.amazonaws.com/webhooks/my-git';
const WEBHOOK_SECRET = 'the-webhook-secret-of-this-test';

let api: HooksApi;
let secretsManager: Server;
/** By name, as Secrets Manager keeps them. */
let secrets: Record<string, string>;
let connection: Record<string, unknown>;

beforeEach(async () => {
  const { caCertificate, certificate, privateKey } = await createCertificates();
  api = await startHooksApi(
    {
      path: /^\/api\/v3\/repos\/acme\/shop\/hooks(?:\/(\d+))?$/,
      isAuthorized: (headers, token) => headers.authorization === `Bearer ${token}`,
      updateMethod: 'PATCH',
      show: (hook) => hook,
    },
    { key: privateKey, cert: certificate },
  );
  const host = new URL(api.url).host;
  connection = { provider: 'github', host, token: TOKEN, webhookSecret: [WEBHOOK_SECRET, 'old'], caCertificate };
  secrets = { 'gitsource/my-git': JSON.stringify(connection) };
  secretsManager = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { SecretId } = JSON.parse(Buffer.concat(chunks).toString()) as { SecretId: string };
      const SecretString = secrets[SecretId];
      const body = SecretString === undefined ? { __type: 'ResourceNotFoundException' } : { SecretString };
      const status = SecretString === undefined ? 400 : 200;
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => secretsManager.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  api.close();
  secretsManager.closeAllConnections();
  secretsManager.close();
});

interface Ended {
  readonly status: number;
  readonly output: string;
}

function run(...words: readonly string[]): Promise<Ended> {
  const env = {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(secretsManager.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const args = ['--conditions=@gitsource/source', PROGRAM, ...words];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
    });
  });
}

const register = (...more: readonly string[]) =>
  run('--connection', 'my-git', '--repository', 'acme/shop', '--url', WEBHOOK_URL, ...more);
const change = (fields: Record<string, unknown>) => {
  secrets['gitsource/my-git'] = JSON.stringify({ ...connection, ...fields });
};

describe('webhook:register', () => {
  it('makes one webhook, however often it is run, with the Enterprise API of the host by its own authority', async () => {
    const outputs = [await register(), await register()];

    expect(outputs).toEqual([
      { status: 0, output: `acme/shop: webhook 1000 to ${WEBHOOK_URL} created\n` },
      { status: 0, output: `acme/shop: webhook 1000 to ${WEBHOOK_URL} is up to date, its secret was set again\n` },
    ]);
    expect(api.hooks).toMatchObject([{ config: { url: WEBHOOK_URL, secret: WEBHOOK_SECRET } }]);
  });

  it('takes a clone URL of the same host, and names webhooks that are there twice', async () => {
    const config = { url: WEBHOOK_URL };
    for (const id of [5, 6]) api.hooks.push({ id, active: true, events: ['push'], config });
    const { hostname } = new URL(api.url);

    const words = ['--connection', 'my-git', '--repository', `git@${hostname}:acme/shop.git`, '--url', WEBHOOK_URL];
    const { output } = await run(...words);

    expect(output).toBe(
      `acme/shop: webhook 5 to ${WEBHOOK_URL} updated; remove the others of the same URL, they deliver each push once more: 6\n`,
    );
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['webhook-register/webhook-secret-missing', 'openssl rand -hex 32', { webhookSecret: undefined }],
    ['webhook-register/token-missing', 'has no "token"', { token: undefined }],
    ['webhook-register/registration-missing', 'for github and gitlab only', { provider: 'gitea' }],
    ['webhook-register/registration-missing', 'docs/webhooks.md', { provider: 'sourceforge' }],
    ['webhook-register/other-repository', 'allowedRepositories', { allowedRepositories: ['acme/other'] }],
    ['webhook-register/unauthorized', 'admin:repo_hook', { token: 'a-wrong-token' }],
    ['runtime/api-unreachable', 'reached no server', { host: '127.0.0.1:1' }],
  ])('ends in %s: %s', async (code, advice, fields) => {
    change(fields);

    const { output, status } = await register();

    expect(status).toBe(1);
    expect(output.startsWith(`${code}: `)).toBe(true);
    expect(output).toContain(advice);
    for (const secret of [TOKEN, WEBHOOK_SECRET, 'a-wrong-token']) expect(output).not.toContain(secret);
    expect(api.hooks).toEqual([]);
  });

  it('ends in webhook-register/other-host, repository-not-found and refused', async () => {
    const url = ['--url', WEBHOOK_URL, '--connection', 'my-git'];
    expect((await run('--repository', 'https://github.com/acme/shop.git', ...url)).output).toMatch(
      /^webhook-register\/other-host: The repository is on github\.com/,
    );
    expect((await run('--repository', 'acme/unknown', ...url)).output).toMatch(
      /^webhook-register\/repository-not-found: /,
    );
    api.faults.push({ status: 422, body: { message: 'Validation Failed' } });
    expect((await run('--repository', 'acme/shop', ...url)).output).toMatch(/^webhook-register\/refused: .*Validation/);
  });

  it('registers the URL without a slash at its end', async () => {
    const { output } = await register('--url', `${WEBHOOK_URL}/`);

    expect(output).toBe(`acme/shop: webhook 1000 to ${WEBHOOK_URL} created\n`);
  });

  it('explains itself', async () => {
    expect(await run('--help')).toMatchObject({
      status: 0,
      output: expect.stringContaining('usage: webhook:register'),
    });
  });

  it('says that there is no such secret', async () => {
    secrets = {};

    expect((await register()).output).toMatch(/^runtime\/secret-missing: There is no secret gitsource\/my-git/);
  });

  it.each([
    [[], '--connection, --repository and --url are needed'],
    [['--connection', 'gitsource/my-git'], '--connection must be the short name'],
    [['--url', 'http://git.example.com/webhooks/my-git'], '--url must be an https:// URL'],
    [['--url', 'https://a:b@git.example.com/webhooks/my-git'], '--url must not hold a user or password'],
    [['--url', 'https://git.example.com/webhooks/another'], '--url must end in /webhooks/my-git'],
    [['--url', 'https://git.example.com/webhooks/my-git?x=/webhooks/my'], '--url must end in /webhooks/my-git'],
    [['--token', 'x'], "Unknown option '--token'"],
  ])('refuses the command line %j', async (words, problem) => {
    const { output, status } = words.length === 0 ? await run() : await register(...words);

    expect(status).toBe(1);
    expect(output).toContain(problem);
    expect(output).toContain('usage: webhook:register');
  });
});
