import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Delivery, WebhookCredentials } from './delivery.ts';
import { verifyHmacHeader, verifyStandardWebhook, verifyToken } from './signature.ts';

const credentials = (...secrets: string[]): WebhookCredentials => ({ secrets, previousSecrets: [], allowSha1: false });
const delivery = (body: string, headers: Record<string, string>): Delivery => ({
  body: Buffer.from(body),
  headers,
  sourceIp: '192.0.2.1',
});

describe('verifyHmacHeader', () => {
  const form = { header: 'x-hub-signature-256', algorithm: 'sha256', prefix: 'sha256=' } as const;
  const secret = "It's a Secret to Everybody";
  const verify = (body: string, value: string) =>
    verifyHmacHeader(delivery(body, { 'x-hub-signature-256': value }), credentials('another', secret), form);

  it.each([
    // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
    ['Hello, World!', '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'],
    // https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/
    ['Hello World!', 'a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9'],
  ])('accepts the published signature of %j', (body, hex) => {
    expect(verify(body, `sha256=${hex}`)).toEqual({ ok: true });
    expect(verify(body, `sha256=${hex.toUpperCase()}`)).toEqual({ ok: true });
    expect(verify(`${body} `, `sha256=${hex}`)).toMatchObject({ reason: 'signature-wrong' });
  });

  it.each(['', 'sha256=', 'sha1=00', `sha256=${'0'.repeat(63)}`, `sha256=${'g'.repeat(64)}`, `${'0'.repeat(64)}`])(
    'refuses the header %j without comparing',
    (value) => {
      expect(verify('Hello, World!', value)).toMatchObject({ ok: false, reason: expect.not.stringContaining('wrong') });
    },
  );

  it('is closed to inherited header names', () => {
    const inherited = Object.create({ 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }) as Record<string, string>;

    expect(verifyHmacHeader(delivery('', inherited), credentials(secret), form)).toMatchObject({
      reason: 'signature-missing',
    });
  });
});

describe('verifyStandardWebhook', () => {
  // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
  const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const body = '{"test": 2432232314}';
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const at = 1_614_265_330_000;
  const verify = (change: Record<string, string> = {}, nowMs = at, secrets = ['another', key]) =>
    verifyStandardWebhook(delivery(body, { ...headers, ...change }), secrets, nowMs);

  it('accepts the published vector, among signatures of other keys and versions', () => {
    expect(verify()).toEqual({ ok: true });
    const many = `v1a,abc v1,${'A'.repeat(43)}= ${headers['webhook-signature']}`;
    expect(verify({ 'webhook-signature': many })).toEqual({ ok: true });
  });

  it('accepts it for five minutes before and after, not longer', () => {
    expect(verify({}, at + 300_000)).toEqual({ ok: true });
    expect(verify({}, at - 300_000)).toEqual({ ok: true });
    expect(verify({}, at + 300_001)).toMatchObject({ reason: 'timestamp-outside-window' });
    expect(verify({}, at - 300_001)).toMatchObject({ reason: 'timestamp-outside-window' });
  });

  it.each([
    [{ 'webhook-id': 'msg_other' }, 'signature-wrong'],
    [{ 'webhook-timestamp': '1614265331' }, 'signature-wrong'],
    [{ 'webhook-timestamp': 'soon' }, 'signature-malformed'],
    [{ 'webhook-signature': 'v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' }, 'signature-malformed'],
    [{ 'webhook-signature': '' }, 'signature-missing'],
  ])('refuses %j', (change, reason) => {
    expect(verify(change)).toEqual({ ok: false, reason });
  });

  it('takes the text of a secret without the prefix as its key', () => {
    const plain = createHmac('sha256', 'plain').update(`msg.1614265330.${body}`).digest('base64');
    const own = { 'webhook-id': 'msg', 'webhook-signature': `v1,${plain}` };

    expect(verify(own, at, ['plain'])).toEqual({ ok: true });
    expect(verify(own, at, ['whsec_', ''])).toEqual({ ok: false, reason: 'nothing-configured' });
  });
});

describe('verifyToken', () => {
  it.each([
    ['one', ['two', 'one'], { ok: true }],
    ['one ', ['one'], { ok: false, reason: 'signature-wrong' }],
    ['', ['one'], { ok: false, reason: 'signature-missing' }],
    ['', [''], { ok: false, reason: 'nothing-configured' }],
    ['one', [], { ok: false, reason: 'nothing-configured' }],
  ])('compares %j with %j: %j', (given, secrets, verdict) => {
    expect(verifyToken(given, secrets)).toEqual(verdict);
  });
});
