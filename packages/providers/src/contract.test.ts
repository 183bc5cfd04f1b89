import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseGitEvent } from '@gitsource/events';
import { describe, expect, it } from 'vitest';
import type { WebhookCredentials } from './delivery.ts';
import { ProvidersError } from './errors.ts';
import type { Provider } from './provider.ts';
import { loadProviders, PROVIDER_NAMES } from './registry.ts';
import { deliver, FIXTURE_CASES, readFixture, readNotSent } from './test/fixture.ts';
import { verifyDelivery } from './verify-delivery.ts';

const SECRET = 'a secret of the current version';
const OLD = 'a secret of the version before';
const PROVIDERS = await loadProviders();
const HOST = 'git.example.com';
const NOW_MS = Date.parse('2026-03-04T05:06:07Z');
const CREDENTIALS: WebhookCredentials = { secrets: [SECRET], previousSecrets: [OLD], allowSha1: false };
const NONE: WebhookCredentials = { secrets: [], previousSecrets: [], allowSha1: false };

function outcomeOf(parse: () => unknown): string {
  try {
    parse();
    return 'read';
  } catch (error) {
    return error instanceof ProvidersError ? error.code : String(error);
  }
}

const folderOf = (name: string) => fileURLToPath(new URL(`./${name}/`, import.meta.url));

describe('registry', () => {
  it('lists every provider folder', () => {
    const folders = readdirSync(folderOf('.')).filter((name) => existsSync(`${folderOf(name)}/webhook.ts`));

    expect(PROVIDER_NAMES.toSorted()).toEqual(folders.toSorted());
    expect(PROVIDERS.map(({ name }) => name)).toEqual(PROVIDER_NAMES);
  });
});

describe.each(PROVIDERS.map((provider) => [provider.name, provider] as const))('%s', (name, provider: Provider) => {
  const notSent = readNotSent(name);
  const sent = FIXTURE_CASES.filter((fixtureCase) => !(fixtureCase in notSent));
  const verify = async (secret: string, credentials: WebhookCredentials, change: Parameters<typeof deliver>[4] = {}) =>
    verifyDelivery(provider, await deliver(name, 'branch-update', secret, NOW_MS, change), credentials, NOW_MS);

  it('names no case that it has a fixture for as not sent', () => {
    expect(Object.keys(notSent).filter((fixtureCase) => readFixture(name, fixtureCase) !== undefined)).toEqual([]);
  });

  it.each(sent)('verifies and reads %s', async (fixtureCase) => {
    const delivery = await deliver(name, fixtureCase, SECRET, NOW_MS);

    expect(verifyDelivery(provider, delivery, CREDENTIALS, NOW_MS)).toEqual({ ok: true });
    const parsed = provider.webhook.parse(delivery, { host: HOST });
    await expect(`${JSON.stringify(parsed, undefined, 2)}\n`).toMatchFileSnapshot(
      `${folderOf(name)}/fixtures/${fixtureCase}.golden.json`,
    );
  });

  it.each(sent)('makes of %s what the receivers of an event can read', async (fixtureCase) => {
    const { deliveryId, changes } = provider.webhook.parse(await deliver(name, fixtureCase, SECRET, NOW_MS), {
      host: HOST,
    });
    const events = changes.map((change) => ({
      schemaVersion: 1,
      deliveryId,
      connection: 'a',
      provider: name,
      ...change,
    }));

    expect(events.map(parseGitEvent)).toEqual(events);
  });

  it('knows its own deliveries by their event header', async () => {
    const { headers } = await deliver(name, 'branch-update', SECRET, NOW_MS);
    const { eventHeader } = provider.webhook;

    expect(Object.keys(headers)).toEqual(expect.arrayContaining([eventHeader ?? []].flat()));
  });

  it('accepts every valid secret: current, second current, previous', async () => {
    const two = { ...CREDENTIALS, secrets: ['another', SECRET] };

    await expect(verify(SECRET, CREDENTIALS)).resolves.toEqual({ ok: true });
    await expect(verify(SECRET, two)).resolves.toEqual({ ok: true });
    await expect(verify(OLD, CREDENTIALS)).resolves.toEqual({ ok: true });
  });

  it('refuses a wrong or missing secret, and everybody where none is configured', async () => {
    await expect(verify('guessed', CREDENTIALS)).resolves.toMatchObject({ ok: false });
    await expect(verify(SECRET, CREDENTIALS, { unsigned: true })).resolves.toMatchObject({
      ok: false,
      reason: 'signature-missing',
    });
    await expect(verify(SECRET, NONE)).resolves.toEqual({ ok: false, reason: 'nothing-configured' });
    await expect(verify('', { ...NONE, secrets: [''] })).resolves.toEqual({ ok: false, reason: 'nothing-configured' });
  });

  it('refuses the secret of the version before where the current one has none', async () => {
    const removed = { ...NONE, previousSecrets: [OLD] };
    const near = { sourceIp: '192.0.2.7' };

    await expect(verify(OLD, removed)).resolves.toEqual({ ok: false, reason: 'nothing-configured' });
    await expect(verify(OLD, { ...removed, allowedIps: ['198.51.100.0/24'] }, near)).resolves.toMatchObject({
      reason: 'address-not-allowed',
    });
  });

  it('lets an address range stand for a secret, and demands both where both are configured', async () => {
    const allowedIps = ['192.0.2.0/24', '2001:db8::/32'];
    const near = { sourceIp: '192.0.2.7' };
    const far = { sourceIp: '198.51.100.7' };

    await expect(verify('', { ...NONE, allowedIps }, { ...near, unsigned: true })).resolves.toEqual({ ok: true });
    await expect(verify('', { ...NONE, allowedIps }, { sourceIp: '2001:db8::1' })).resolves.toEqual({ ok: true });
    await expect(verify(SECRET, { ...NONE, allowedIps }, far)).resolves.toMatchObject({
      reason: 'address-not-allowed',
    });
    await expect(verify(SECRET, { ...CREDENTIALS, allowedIps }, far)).resolves.toMatchObject({ ok: false });
    await expect(verify('guessed', { ...CREDENTIALS, allowedIps }, near)).resolves.toMatchObject({ ok: false });
    await expect(verify(SECRET, { ...CREDENTIALS, allowedIps }, near)).resolves.toEqual({ ok: true });
  });

  it.each(['null', '[]', '"text"', '7', '{}', '{"changes": 7}', '{"__proto__": {"ref": "x"}}'])(
    'refuses %s as malformed',
    async (text) => {
      const delivery = await deliver(name, 'branch-update', SECRET, NOW_MS, { body: Buffer.from(text) });

      expect(() => provider.webhook.parse(delivery, { host: HOST })).toThrow(
        expect.objectContaining({ code: 'providers/payload-malformed' }),
      );
    },
  );

  it('refuses a list of nothing but wrong elements, however long it is', async () => {
    const text = Buffer.from((await deliver(name, 'branch-update', SECRET, NOW_MS)).body).toString();
    const wrong = Array.from({ length: 200_000 }, () => 0);
    let lists = 0;
    JSON.parse(text, (_, value: unknown) => {
      if (Array.isArray(value)) lists++;
      return value;
    });

    const outcomes = await Promise.all(
      Array.from({ length: lists }, async (_, wanted) => {
        let seen = 0;
        const broken: unknown = JSON.parse(text, (_, value: unknown) =>
          Array.isArray(value) && seen++ === wanted ? wrong : value,
        );
        const body = Buffer.from(JSON.stringify(broken));
        const delivery = await deliver(name, 'branch-update', SECRET, NOW_MS, { body });
        return outcomeOf(() => provider.webhook.parse(delivery, { host: HOST }));
      }),
    );

    expect(outcomes).toContain('providers/payload-malformed');
    // A list that nobody reads may hold anything.
    for (const outcome of outcomes) expect(['read', 'providers/payload-malformed']).toContain(outcome);
  });

  it('refuses a body that is cut off or not UTF-8', async () => {
    const whole = await deliver(name, 'branch-update', SECRET, NOW_MS);
    const bodies = [whole.body.subarray(0, -2), Buffer.concat([Buffer.from([0xc3, 0x28]), whole.body])];

    for (const body of bodies) {
      expect(() => provider.webhook.parse({ ...whole, body }, {})).toThrow(
        expect.objectContaining({ code: 'providers/payload-not-json' }),
      );
    }
  });

  it('refuses a delivery whose clone URLs are of another repository than the one that it names', async () => {
    const { body, headers } = await deliver(name, 'branch-update', SECRET, NOW_MS);
    const sent = Buffer.from(body).toString();
    const [change] = provider.webhook.parse(await deliver(name, 'branch-update', SECRET, NOW_MS), {
      host: HOST,
    }).changes;
    const { httpsUrl = '', sshUrl = '' } = change?.repository ?? {};
    // What a payload leaves out is made of its path, and Azure DevOps's path is that of its HTTPS URL.
    const named = [httpsUrl, sshUrl].filter((url) => sent.includes(`"${url}"`) && !url.includes('/_git/'));
    const readWith = async (url: string, other: string) => {
      const changed = Buffer.from(sent.replaceAll(`"${url}"`, `"${other}"`));
      const delivery = await deliver(name, 'branch-update', SECRET, NOW_MS, { body: changed });
      return provider.webhook.parse({ ...delivery, headers: { ...headers, ...delivery.headers } }, { host: HOST });
    };

    for (const url of named) {
      for (const other of [url.replace(/shop/, 'other'), url.replace(/acme/, 'other'), `${url}/x`]) {
        await expect(readWith(url, other)).rejects.toMatchObject({
          code: 'providers/payload-malformed',
          message: expect.stringContaining('is of another repository'),
        });
      }
    }
  });

  it('shows no value of the body in its errors', async () => {
    const body = Buffer.from(JSON.stringify({ ref: 'hunter2', repository: { path: 'hunter2', full_name: 'hunter2' } }));
    const delivery = await deliver(name, 'branch-update', SECRET, NOW_MS, { body });

    expect(() => provider.webhook.parse(delivery, { host: HOST })).toThrow(ProvidersError);
    expect(() => provider.webhook.parse(delivery, { host: HOST })).not.toThrow('hunter2');
  });

  it('gives every attempt at one delivery the same ID, and a delivery without one the ID of its body', async () => {
    const first = await deliver(name, 'branch-update', SECRET, NOW_MS);
    const later = await deliver(name, 'branch-update', SECRET, NOW_MS + 60_000);
    const { eventHeader = 'none' } = provider.webhook;
    const bare = { ...first, headers: { [eventHeader]: first.headers[eventHeader] ?? '' } };
    const id = (delivery: typeof first) => provider.webhook.parse(delivery, { host: HOST }).deliveryId;

    expect(id(later)).toBe(id(first));
    expect(id({ ...bare, body: Buffer.from(first.body) })).toBe(id(bare));
  });
});

it('keeps its golden files in step with its fixtures', () => {
  for (const { name } of PROVIDERS) {
    const files = readdirSync(`${folderOf(name)}/fixtures`).filter((file) => file.endsWith('.golden.json'));
    const cases = files.map((file) => file.replace('.golden.json', ''));
    for (const file of cases) expect(readFileSync(`${folderOf(name)}/fixtures/${file}.json`, 'utf8')).not.toBe('');
  }
});
