import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { httpEvent, NOW_MS, push, Receiver, type Request, signed } from '../test/receiver.ts';
import { MAX_BODY_BYTES } from './receive-delivery.ts';

const SECRET = 'correct horse';

let receiver: Receiver;
let post: (request: Request) => Promise<number>;
beforeEach(() => {
  receiver = new Receiver();
  receiver.connect('my-git', { webhookSecret: SECRET });
  post = async (request) => (await receiver.handle(httpEvent(request))).statusCode;
});

describe('a verified delivery', () => {
  it('becomes one event for each ref, and its reply names them', async () => {
    const body = push({ refs: ['refs/heads/main', 'refs/heads/dev', 'refs/tags/v1', 'refs/tags/v2'] });

    const reply = await receiver.handle(httpEvent(signed(body, SECRET)));

    expect(reply.statusCode).toBe(202);
    expect(JSON.parse(reply.body).eventIds).toEqual(['event-1', 'event-2', 'event-3', 'event-4']);
    expect(receiver.events.map(({ ref }) => ref)).toEqual([
      'refs/heads/main',
      'refs/heads/dev',
      'refs/tags/v1',
      'refs/tags/v2',
    ]);
    expect(receiver.detailTypes[0]).toBe('gitsource: Git Push');
    expect(receiver.events[0]).toMatchObject({
      schemaVersion: 1,
      deliveryId: 'delivery-1',
      connection: 'my-git',
      provider: 'generic',
      repository: { host: 'git.example.com', path: 'team/app' },
    });
  });

  it.each([
    ['behind the stage of an API', { path: '/prod/webhooks/my-git' }],
    ['with a slash at the end', { path: '/webhooks/my-git/' }],
  ])('is accepted %s', async (_, change) => {
    expect(await post({ ...signed(push(), SECRET), ...change })).toBe(202);
  });

  it('is accepted as base64, with every byte in its place', async () => {
    const body = Buffer.from(push({ changedPaths: ['größe/日本.md'] }));

    expect(await post(signed(body, SECRET))).toBe(202);
    expect(receiver.events[0]?.changedPaths).toEqual(['größe/日本.md']);
  });

  it('answers a ping and an unknown event with 200 and no event, by name in the log', async () => {
    const ping = signed('{}', SECRET);
    const star = { ...ping, headers: { ...ping.headers, 'gitsource-event': 'star' } };

    expect(await post({ ...ping, headers: { ...ping.headers, 'gitsource-event': 'ping' } })).toBe(200);
    expect(await post(star)).toBe(200);
    expect(receiver.events).toEqual([]);
    expect(receiver.lines.at(-1)).toMatchObject({ fields: { eventName: 'star', outcome: 'unknown' } });
  });

  it('leaves out refs that look like options, and takes the others', async () => {
    const refs = ['refs/heads/--upload-pack=x', 'refs/heads/a..b', '--force', 'HEAD', 'refs/heads/main'];

    expect(await post(signed(push({ refs }), SECRET))).toBe(202);
    expect(receiver.events.map(({ ref }) => ref)).toEqual(['refs/heads/main']);
    expect(receiver.lines[0]?.fields.refusedRefs).toHaveLength(4);
  });

  it('may name thousands of refs; the log names the first of them', async () => {
    const good = Array.from({ length: 2000 }, (_, n) => `refs/heads/feature/${n}`);
    const bad = Array.from({ length: 2000 }, (_, n) => `feature/${n}`);

    expect(await post(signed(push({ refs: [...good, ...bad] }), SECRET))).toBe(202);
    expect(receiver.events.map(({ ref }) => ref)).toEqual(good);
    expect(receiver.lines.map(({ fields }) => [fields.refused, fields.events])).toEqual([
      [2000, undefined],
      [undefined, 2000],
    ]);
    for (const { fields } of receiver.lines) expect(JSON.stringify(fields).length).toBeLessThan(64 * 1024);
  });

  it('starts nothing for a repository that the connection does not serve', async () => {
    receiver.connect('my-git', { webhookSecret: SECRET, allowedRepositories: ['team/*'] });

    expect(await post(signed(push({ path: 'team/app' }), SECRET))).toBe(202);
    expect(await post(signed(push({ path: 'other/app' }), SECRET))).toBe(200);
    receiver.connect('elsewhere', { webhookSecret: SECRET, host: 'git.example.org:8443' });
    expect(await post({ ...signed(push(), SECRET), path: '/webhooks/elsewhere' })).toBe(200);
    expect(receiver.events).toHaveLength(1);
    expect(receiver.lines.at(-1)?.fields.reason).toContain('git.example.org');
  });

  it('keeps secrets, headers and bodies out of the log', async () => {
    await post(signed(push(), SECRET));
    await post(signed(push(), 'guessed'));
    await post(signed('{"hunter2": 1}', SECRET));

    const log = JSON.stringify(receiver.lines);
    expect(log).toContain('refs/heads/main');
    expect(log).not.toMatch(/correct horse|guessed|hunter2|v1,|a\.txt/);
  });
});

describe('a refused delivery', () => {
  it('is 401 when its secret is wrong, missing or too old, 404 when nobody knows its connection', async () => {
    const { body = '' } = signed(push(), SECRET);

    expect(await post(signed(push(), 'guessed'))).toBe(401);
    expect(await post({ body, headers: { 'gitsource-event': 'push' } })).toBe(401);
    expect(await post(signed(push(), SECRET, NOW_MS - 301_000))).toBe(401);
    expect(await post({ ...signed(push(), SECRET), path: '/webhooks/other' })).toBe(404);
    expect(receiver.lines.map(({ fields }) => fields.outcome)).toEqual([
      'signature-wrong',
      'signature-missing',
      'timestamp-outside-window',
      'unknown-connection',
    ]);
    expect(receiver.events).toEqual([]);
  });

  it('is 401 for everybody where no secret is configured', async () => {
    receiver.connect('open', {});

    expect(await post({ ...signed(push(), SECRET), path: '/webhooks/open' })).toBe(401);
    expect(await post({ body: push(), headers: { 'gitsource-event': 'push' }, path: '/webhooks/open' })).toBe(401);
  });

  it('says in the log whose delivery it seems to be', async () => {
    await post({
      body: '{}',
      headers: { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
    });

    expect(receiver.lines[0]?.fields).toMatchObject({ provider: 'generic', looksLike: 'github' });
  });

  it.each([
    ['another path', { path: '/' }, 404],
    ['a path below', { path: '/webhooks/my-git/x' }, 404],
    ['a name that is none', { path: '/webhooks/..%2Fother' }, 404],
    ['GET', { method: 'GET' }, 405],
    ['an oversized body', { body: Buffer.alloc(MAX_BODY_BYTES + 1) }, 413],
  ])('%s is refused before any secret is read', async (_, change, status) => {
    expect(await post({ ...signed(push(), SECRET), ...change })).toBe(status);
    expect(receiver.secretReads).toEqual([]);
  });

  it.each([
    ['cut off', push().slice(0, -1)],
    ['no JSON', '<push/>'],
    ['of the wrong shape', '{"repository": 7}'],
    ['not UTF-8', Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])],
    ['deeply nested', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
    ['full of __proto__', '{"__proto__": {"repository": {"path": "a/b"}, "changes": []}}'],
    ['without a commit', JSON.stringify({ repository: { path: 'a/b' }, changes: [{ ref: 'refs/heads/main' }] })],
    ['with a short SHA', push().replace('a'.repeat(40), 'abc')],
  ])('a signed body that is %s is malformed', async (_, body) => {
    expect(await post(signed(body, SECRET))).toBe(400);
    expect(receiver.events).toEqual([]);
  });
});

describe('a rotated secret', () => {
  it('is picked up at once, keeps the version before, and forgets the one before that', async () => {
    expect(await post(signed(push(), SECRET))).toBe(202);
    receiver.nowMs += 2000;
    receiver.connect('my-git', { webhookSecret: 'second' }, { webhookSecret: SECRET });

    expect(await post(signed(push(), 'second', receiver.nowMs))).toBe(202);
    expect(await post(signed(push(), SECRET, receiver.nowMs))).toBe(202);

    receiver.connect('my-git', { webhookSecret: 'third' }, { webhookSecret: 'second' });
    receiver.nowMs += 60_000;

    expect(await post(signed(push(), SECRET, receiver.nowMs))).toBe(401);
    expect(await post(signed(push(), 'third', receiver.nowMs))).toBe(202);
  });

  it('is read once for many good deliveries, and once a second for any number of bad ones', async () => {
    for (let n = 0; n < 20; n++) await post(signed(push(), SECRET));
    expect(receiver.secretReads).toHaveLength(1);

    receiver.nowMs += 1000;
    for (let n = 0; n < 20; n++) await post(signed(push(), 'guessed', receiver.nowMs));
    expect(receiver.secretReads).toHaveLength(2);

    for (let n = 0; n < 20; n++) await post({ ...signed(push(), SECRET), path: '/webhooks/other' });
    expect(receiver.secretReads).toHaveLength(3);
  });

  it('is found by many at the same time with one read', async () => {
    await Promise.all(Array.from({ length: 20 }, () => post(signed(push(), SECRET))));

    expect(receiver.secretReads).toHaveLength(1);
  });
});

describe('the bus', () => {
  const refs = Array.from({ length: 25 }, (_, n) => `refs/heads/b${n}`);

  it('gets what failed again, and only that', async () => {
    receiver.entryFaults.push(undefined, 'ThrottlingException', undefined, 'InternalFailure');

    const reply = await receiver.handle(httpEvent(signed(push({ refs: refs.slice(0, 4) }), SECRET)));

    expect(reply.statusCode).toBe(202);
    expect(JSON.parse(reply.body).eventIds).toEqual(['event-1', 'event-3', 'event-2', 'event-4']);
    expect(receiver.events.map(({ ref }) => ref).toSorted()).toEqual(refs.slice(0, 4));
  });

  it('that stays away makes a 500, so that the provider delivers again', async () => {
    receiver.callFaults.push(...Array.from({ length: 4 }, () => new Error('connect ECONNREFUSED')));

    expect(await post(signed(push(), SECRET))).toBe(500);
    expect(receiver.lines.at(-1)?.fields.code).toBe('webhook-receiver/events-not-put');
    expect(await post(signed(push(), SECRET))).toBe(202);
  });

  it('gets at most ten events and 256 KB in one call', async () => {
    const changedPaths = Array.from({ length: 900 }, (_, n) => `folder/${'x'.repeat(40)}/${n}.txt`);

    expect(await post(signed(push({ refs, changedPaths }), SECRET))).toBe(202);
    expect(receiver.events).toHaveLength(25);
    expect(Math.max(...receiver.requestSizes)).toBeLessThanOrEqual(256 * 1024);
    expect(receiver.events.every(({ changedPathsComplete }) => changedPathsComplete)).toBe(true);
  });

  it('gets a list of paths that is too long cut, and is told', async () => {
    const changedPaths = Array.from({ length: 40_000 }, (_, n) => `größe/${n}.txt`);

    expect(await post(signed(push({ changedPaths }), SECRET))).toBe(202);
    const [event] = receiver.events;
    expect(event?.changedPathsComplete).toBe(false);
    expect(event?.changedPaths.length).toBeGreaterThan(10_000);
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(256 * 1024 - 2048);
  });
});

describe("what is not the sender's fault", () => {
  it.each([
    [
      'a provider that nobody knows',
      { provider: 'githbu', webhookSecret: SECRET },
      'webhook-receiver/provider-unknown',
    ],
    ['a secret of the wrong shape', { webhookSecrets: SECRET }, 'runtime/secret-shape-invalid'],
  ])('%s is a 500 with its code in the log', async (_, connection, code) => {
    receiver.connect('my-git', connection);

    expect(await post(signed(push(), SECRET))).toBe(500);
    expect(receiver.lines.at(-1)?.fields.code).toBe(code);
  });
});

describe('any request at all', () => {
  const FIXED = [200, 202, 400, 401, 404, 405, 413];
  const headers = fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom('webhook-id', 'webhook-timestamp', 'webhook-signature', 'gitsource-event')),
    fc.string(),
  );

  it('gets a reply that is not 5xx, never a throw, and no event unless it is signed', async () => {
    await fc.assert(
      fc.asyncProperty(headers, fc.uint8Array({ maxLength: 200 }), fc.string(), async (given, bytes, path) => {
        const request = { headers: given, body: Buffer.from(bytes), path: `/webhooks/${path}` };

        for (const one of [request, { ...request, path: '/webhooks/my-git' }]) {
          const status = await post(one);
          expect(FIXED).toContain(status);
          expect(status).toBeGreaterThanOrEqual(400);
        }
        expect(receiver.events).toEqual([]);
      }),
    );
  });

  it('gets a reply that is not 5xx for any signed JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (body) => {
        expect(FIXED).toContain(await post(signed(body, SECRET)));
      }),
    );
  });

  it('is refused when one byte of a signed body was changed', async () => {
    const original = Buffer.from(push());
    await fc.assert(
      fc.asyncProperty(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const body = Buffer.from(original);
        body[at] = (body[at] ?? 0) ^ change;

        expect(await post({ ...signed(original, SECRET), body })).toBe(401);
      }),
    );
  });

  it.each([null, undefined, 'text', {}, { version: '2.0' }, { httpMethod: 'POST' }])(
    'that is no HTTP request (%j) is a 500 of ours',
    async (event) => {
      expect((await receiver.handle(event)).statusCode).toBe(500);
    },
  );
});
