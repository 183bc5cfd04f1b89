import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ListPipelineExecutionsCommand, type PipelineExecutionSummary } from '@aws-sdk/client-codepipeline';
import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { commitFiles, runGit } from '@gitsource/local-git';
import { loadProviders } from '@gitsource/providers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliver } from '../../../packages/providers/src/test/fixture.ts';
import { deployWebhookReceiver, RECEIVER_STACK, webhookUrl } from '../src/deploy-sample.ts';
import type { DeployedStack } from '../src/deploy-stack.ts';
import { SAMPLE_FILES } from '../src/sample-repository.ts';
import {
  createPipeline,
  creationExecution,
  PROJECT_FOLDER,
  type Rehearsal,
  startRehearsal,
  waitForExecution,
} from './rehearsal.ts';

const SECRET = 'a webhook secret';
const ZEROS = '0'.repeat(40);
const PROVIDERS = (await loadProviders()).map(({ name }) => name);

let rehearsal: Rehearsal;
let receiver: DeployedStack;

beforeAll(async () => {
  rehearsal = await startRehearsal();
  receiver = await deployWebhookReceiver(rehearsal, PROJECT_FOLDER);
}, 120_000);

afterAll(() => rehearsal.close());

interface Golden {
  readonly repository: { readonly host: string; readonly path: string };
  readonly before: string;
  readonly after: string;
}

/** What a provider's fixture means. */
function goldenOf(provider: string): Golden {
  const file = `../../../packages/providers/src/${provider}/fixtures/branch-update.golden.json`;
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')).changes[0];
}

async function connect(name: string, connection: object): Promise<void> {
  const SecretString = JSON.stringify(connection);
  await rehearsal.clients.secretsManager.send(new CreateSecretCommand({ Name: `gitsource/${name}`, SecretString }));
}

interface Posted {
  readonly status: number;
  readonly reply: { readonly message: string; readonly eventIds?: readonly string[] };
}

async function post(connection: string, delivery: Pick<Awaited<ReturnType<typeof deliver>>, 'headers' | 'body'>) {
  const url = webhookUrl(rehearsal, receiver, connection);
  const { headers, body } = delivery;
  const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
  return { status: response.status, reply: await response.json() } as Posted;
}

/** A repository of its own with one commit, and a pipeline that its pushes start. */
async function subscribe(name: string, connection: string, path: string, parameters: Record<string, string> = {}) {
  const repository = await rehearsal.git.createRepository(name);
  await commit(repository.folder, 'main', 'first');
  await createPipeline(rehearsal, name, {
    GitUrl: repository.httpsUrl,
    CredentialsSecret: rehearsal.httpsSecret,
    ExecutionMode: 'PARALLEL',
    ReceiverStack: RECEIVER_STACK,
    Connection: connection,
    RepositoryPath: path,
    ...parameters,
  });
  await waitForExecution(rehearsal, name, await creationExecution(rehearsal, name));
  return repository;
}

function commit(folder: string, ref: string, message: string): Promise<string> {
  return commitFiles(folder, ref, { message: `${message}\n`, files: { ...SAMPLE_FILES, 'number.txt': message } });
}

/** Those that events started. */
async function executionsOf(pipelineName: string): Promise<PipelineExecutionSummary[]> {
  const { codePipeline } = rehearsal.clients;
  const { pipelineExecutionSummaries: found = [] } = await codePipeline.send(
    new ListPipelineExecutionsCommand({ pipelineName }),
  );
  return found.filter(({ trigger }) => trigger?.triggerType === 'StartPipelineExecution');
}

async function waitForExecutions(pipelineName: string, count: number): Promise<PipelineExecutionSummary[]> {
  for (;;) {
    const found = await executionsOf(pipelineName);
    if (found.length >= count && found.every(({ status }) => status !== 'InProgress')) return found;
    await delay(50);
  }
}

/** Long enough for an event on the bus to have started something: on this route it takes tens of milliseconds. */
const SETTLED_MS = 1500;

describe.concurrent('a push', () => {
  it.for(PROVIDERS)(
    'at %s starts its pipeline once, at the pushed commit, though the branch moved on and the delivery came five times',
    { timeout: 60_000 },
    async (provider, { expect }) => {
      const { repository, before, after } = goldenOf(provider);
      await connect(provider, { provider, host: repository.host, webhookSecret: SECRET });
      const { folder } = await subscribe(`from-${provider}`, provider, repository.path);
      const pushed = await commit(folder, 'main', 'pushed');
      await commit(folder, 'main', 'pushed later');
      const template = await deliver(provider, 'branch-update', SECRET, Date.now());
      const text = Buffer.from(template.body).toString('utf8').replaceAll(after, pushed);
      const parent = await runGit(folder, ['rev-parse', `${pushed}^`]);
      const body = Buffer.from(text.replaceAll(before, parent));
      const deliverOnce = async () =>
        post(provider, await deliver(provider, 'branch-update', SECRET, Date.now(), { body }));

      const refused = await post(provider, await deliver(provider, 'branch-update', 'guessed', Date.now(), { body }));
      const first = await deliverOnce();
      const repeated = await Promise.all([deliverOnce(), deliverOnce(), deliverOnce(), deliverOnce()]);

      expect(refused).toEqual({ status: 401, reply: { message: 'missing or wrong signature' } });
      expect(first).toMatchObject({ status: 202, reply: { message: 'accepted', eventIds: [expect.any(String)] } });
      expect(repeated.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
      await waitForExecutions(`from-${provider}`, 1);
      await delay(SETTLED_MS);
      const executions = await executionsOf(`from-${provider}`);
      expect(executions.map(({ status, sourceRevisions }) => [status, sourceRevisions?.[0]?.revisionId])).toEqual([
        ['Succeeded', pushed],
      ]);
    },
  );
});

describe('a plain Git server', () => {
  const push = async (changes: readonly object[], id: string) => {
    const body = Buffer.from(JSON.stringify({ repository: { path: 'team/app' }, changes }));
    const { sign } = await import('../../../packages/providers/src/generic/fixtures/sign.ts');
    const headers = { 'content-type': 'application/json', 'gitsource-event': 'push', 'webhook-id': id };
    return post('plain', { headers: { ...headers, ...sign(body, SECRET, Date.now(), headers) }, body });
  };

  beforeAll(async () => {
    await connect('plain', { provider: 'generic', host: 'git.example.com', webhookSecret: SECRET });
  });

  it('starts four executions by a push of four refs, branches and tags, each with its own commit', async () => {
    const { folder } = await subscribe('four', 'plain', 'team/app', {
      BranchPatterns: 'main,release/*',
      TagPatterns: 'v*',
    });
    const refs = ['refs/heads/main', 'refs/heads/release/1', 'refs/tags/v1', 'refs/tags/v2'];
    const commits: string[] = [];
    for (const ref of refs) commits.push(await commit(folder, ref.startsWith('refs/tags/') ? ref : ref.slice(11), ref));
    const others = ['refs/heads/other', 'refs/heads/releases/1', 'refs/tags/w1'];
    for (const ref of others) await runGit(folder, ['update-ref', ref, commits[0] ?? '']);
    const change = (ref: string, n: number) => ({ ref, before: ZEROS, after: commits[n] ?? commits[0] });

    const { status, reply } = await push([...refs, ...others].map(change), 'four-refs');

    expect(status).toBe(202);
    expect(reply.eventIds).toHaveLength(7);
    await waitForExecutions('four', 4);
    await delay(SETTLED_MS);
    const executions = await executionsOf('four');
    expect(executions.map(({ status: ended }) => ended)).toEqual(Array(4).fill('Succeeded'));
    expect(executions.map(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId ?? '').toSorted()).toEqual(
      commits.toSorted(),
    );
  }, 60_000);

  it('starts nothing by a deletion, a message that asks for it, a ping, an unknown event, another repository', async () => {
    const before = (await executionsOf('four')).length;
    const sha = '5'.repeat(40);
    const skipped = { sha, message: 'Fix a typo [skip ci]', authorName: 'A', authorEmail: 'a@example.com' };

    const replies = [
      await push([{ ref: 'refs/heads/main', before: sha, after: ZEROS }], 'deletion'),
      await push([{ ref: 'refs/heads/main', before: ZEROS, after: sha, headCommit: skipped }], 'skip'),
      await post('plain', await deliver('generic', 'ping', SECRET, Date.now())),
      await post('plain', await deliver('generic', 'unknown-event', SECRET, Date.now())),
      await post('plain', await deliver('generic', 'nested-path', SECRET, Date.now())),
    ];

    expect(replies.map(({ status }) => status)).toEqual([202, 202, 200, 200, 202]);
    await delay(SETTLED_MS);
    expect(await executionsOf('four')).toHaveLength(before);
  });

  it('has its rotated secret verified at once, and the one before', async () => {
    const { secretsManager } = rehearsal.clients;
    const rotated = { provider: 'generic', host: 'git.example.com', webhookSecret: 'the next secret' };
    const ping = async (secret: string) =>
      (await post('plain', await deliver('generic', 'ping', secret, Date.now()))).status;
    expect(await ping('the next secret')).toBe(401);
    await delay(1000);

    await secretsManager.send(
      new PutSecretValueCommand({ SecretId: 'gitsource/plain', SecretString: JSON.stringify(rotated) }),
    );

    expect(await ping('the next secret')).toBe(200);
    expect(await ping(SECRET)).toBe(200);
    expect(await ping('guessed')).toBe(401);
  });

  it('is told apart from strangers by path, method and size', async () => {
    const url = webhookUrl(rehearsal, receiver, 'plain');
    const statusOf = async (to: string, init: RequestInit) => (await fetch(to, init)).status;

    expect(await statusOf(url.replace(/plain$/, 'nobody'), { method: 'POST', body: '{}' })).toBe(404);
    expect(await statusOf(url, { method: 'GET' })).toBe(404);
    expect(await statusOf(`${url}/more`, { method: 'POST', body: '{}' })).toBe(404);
    expect(await statusOf(url, { method: 'POST', body: 'x'.repeat(25 * 1024 * 1024) })).toBe(413);
  });
});
