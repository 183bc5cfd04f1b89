import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListPipelineExecutionsOutput, ListWebhooksOutput, PutWebhookOutput } from '@aws-sdk/client-codepipeline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseJsonPath, readJsonPath } from './json-path.ts';
import { samplePipeline, sourceAction, sourceType } from './test/sample-pipeline.ts';
import { startTestCloud, type TestCloud } from './test/test-cloud.ts';
import { isInRange } from './webhook-authentication.ts';

let aws: TestCloud;
let server: ReturnType<typeof createServer>;
let origin: string;

beforeEach(async () => {
  aws = await startTestCloud();
  const [route] = aws.service.httpRoutes ?? [];
  server = createServer((message, response) => {
    route?.answer(message, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await aws.call('CreateCustomActionType', sourceType);
  const [, build] = samplePipeline().stages ?? [];
  const configuration = { GitUrl: 'https://git.example/a.git', Branch: 'main' };
  const source = { name: 'Source', actions: [sourceAction({ configuration })] };
  await aws.call('CreatePipeline', {
    pipeline: samplePipeline({ stages: build === undefined ? [] : [source, build] }),
  });
});

afterEach(async () => {
  server.close();
  await aws.close();
});

function definition(over: object = {}) {
  return {
    name: 'push',
    targetPipeline: samplePipeline().name,
    targetAction: 'Fetch',
    filters: [{ jsonPath: '$.ref', matchEquals: 'refs/heads/{Branch}' }],
    authentication: 'GITHUB_HMAC',
    authenticationConfiguration: { SecretToken: 'a secret' },
    ...over,
  };
}

async function put(over: object = {}): Promise<string> {
  const { webhook } = await aws.call<PutWebhookOutput>('PutWebhook', { webhook: definition(over) });
  return `${origin}${new URL(webhook?.url ?? '').pathname}`;
}

async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<number> {
  return (await fetch(url, { method: 'POST', body, headers })).status;
}

async function webhookStarts(): Promise<number> {
  const list = await aws.call<ListPipelineExecutionsOutput>('ListPipelineExecutions', {
    pipelineName: samplePipeline().name,
  });
  return (list.pipelineExecutionSummaries ?? []).filter((e) => e.trigger?.triggerType === 'Webhook').length;
}

const PUSH = JSON.stringify({ ref: 'refs/heads/main' });

function signature(algorithm: string, body: string, secret = 'a secret'): string {
  return `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;
}

describe('a webhook', () => {
  it('starts the pipeline for a signed push of its branch', async () => {
    const url = await put();

    expect(await post(url, PUSH, { 'x-hub-signature-256': signature('sha256', PUSH) })).toBe(200);
    expect(await post(url, PUSH, { 'x-hub-signature': signature('sha1', PUSH) })).toBe(200);

    expect(await webhookStarts()).toBe(2);
  });

  it('starts nothing for a wrong or missing signature, or a weaker one beside a wrong stronger one', async () => {
    const url = await put();

    expect(await post(url, PUSH)).toBe(403);
    expect(await post(url, PUSH, { 'x-hub-signature-256': signature('sha256', PUSH, 'other') })).toBe(403);
    const both = { 'x-hub-signature': signature('sha1', PUSH), 'x-hub-signature-256': 'sha256=00' };
    expect(await post(url, PUSH, both)).toBe(403);
    expect(await webhookStarts()).toBe(0);
  });

  it('starts nothing for another branch, no JSON, or an unknown URL', async () => {
    const url = await put({ authentication: 'UNAUTHENTICATED', authenticationConfiguration: {} });

    expect(await post(url, JSON.stringify({ ref: 'refs/heads/other' }))).toBe(200);
    expect(await post(url, 'no json')).toBe(400);
    expect(await post(`${url}x`, PUSH)).toBe(404);
    expect(await webhookStarts()).toBe(0);
  });

  it('checks the peer address', async () => {
    const inside = await put({ authentication: 'IP', authenticationConfiguration: { AllowedIPRange: '127.0.0.0/8' } });
    expect(await post(inside, PUSH)).toBe(200);

    const outside = await put({
      authentication: 'IP',
      authenticationConfiguration: { AllowedIPRange: '192.0.2.0/24' },
    });

    expect(await post(outside, PUSH)).toBe(403);
  });

  it('never shows its secret again', async () => {
    await put();

    const { webhooks } = await aws.call<ListWebhooksOutput>('ListWebhooks', {});

    expect(JSON.stringify(webhooks)).not.toContain('a secret');
  });

  it.each([
    [{ filters: [{ jsonPath: '$.commits[*].id' }] }, 'InvalidWebhookFilterPatternException'],
    [{ filters: [] }, 'InvalidWebhookFilterPatternException'],
    [{ authenticationConfiguration: {} }, 'InvalidWebhookAuthenticationParametersException'],
    [
      { authentication: 'IP', authenticationConfiguration: { AllowedIPRange: 'x' } },
      'InvalidWebhookAuthenticationParametersException',
    ],
    [{ targetAction: 'Build' }, 'ValidationException'],
    [{ targetPipeline: 'none' }, 'PipelineNotFoundException'],
  ])('is refused with %j', async (over, code) => {
    await expect(put(over)).rejects.toMatchObject({ code });
  });
});

describe('parseJsonPath', () => {
  it.each([
    ['$.a.b', { a: { b: 1 } }, 1],
    ["$['a b'][0]", { 'a b': ['x'] }, 'x'],
    ['$.a.b', { a: null }, undefined],
    ['$.constructor', {}, undefined],
  ])('%s', (path, value, expected) => {
    expect(readJsonPath(value, parseJsonPath(path) ?? ['unparsed'])).toBe(expected);
  });

  it.each(['a', '$.', '$..a', '$.a[*]', '$.a[?(@.b)]', '$.a b'])('refuses %s', (path) => {
    expect(parseJsonPath(path)).toBeUndefined();
  });
});

describe('isInRange', () => {
  it.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['::ffff:10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['2001:db8::1', '2001:db8::/32', true],
    ['10.1.2.3', '10.0.0.0/33', false],
  ])('%s in %s is %s', (address, cidr, expected) => {
    expect(isInRange(address, cidr)).toBe(expected);
  });
});
