import { describe, expect, it } from 'vitest';
import type { Delivery } from '../delivery.ts';
import { webhook } from './webhook.ts';

const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);
const REPOSITORY = { full_name: 'acme/shop' };

function delivery(event: string, body: unknown, headers: Record<string, string> = {}): Delivery {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { headers: { 'x-event-key': event, ...headers }, body: bytes, sourceIp: '203.0.113.9' };
}

const state = (type: string, name: string, hash: string, raw?: string) => ({
  type,
  name,
  target: { hash, message: 'Price in euros\n', date: '2026-03-04T05:05:00+00:00', author: { raw } },
});
const push = (...changes: unknown[]) => delivery('repo:push', { repository: REPOSITORY, push: { changes } });
const pullRequest = (source: Record<string, unknown>, event = 'pullrequest:created') =>
  delivery(event, {
    repository: REPOSITORY,
    pullrequest: { id: 7, source: { branch: { name: 'cart' }, ...source }, destination: { branch: { name: 'main' } } },
  });

describe('verify', () => {
  // https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/#Secure-webhooks
  const credentials = { secrets: ["It's a Secret to Everybody"], previousSecrets: [], allowSha1: true };
  const hex = 'a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9';
  const verify = (signature: string, body = 'Hello World!') =>
    webhook.verify(delivery('repo:push', body, { 'x-hub-signature': signature }), credentials, 0);

  it('accepts the published example', () => {
    expect(verify(`sha256=${hex}`)).toEqual({ ok: true });
    expect(verify(`sha256=${hex}`, 'Hello World?')).toMatchObject({ reason: 'signature-wrong' });
  });

  it.each([hex, `sha1=${hex.slice(0, 40)}`, `sha256=${hex.slice(2)}`, 'sha256='])(
    'refuses the form %s',
    (signature) => {
      expect(verify(signature)).toEqual({ ok: false, reason: 'signature-malformed' });
    },
  );
});

describe('parse', () => {
  const parse = (given: Delivery) => webhook.parse(given, {});

  it('tells of each of many changes, and of none that names no ref', () => {
    const changes = Array.from({ length: 60 }, (_, i) => ({ old: null, new: state('branch', `b${i}`, NEW) }));

    const parsed = parse(push(...changes, { old: null, new: null }));

    expect(parsed.changes.map(({ ref }) => ref)).toEqual(changes.map((_, i) => `refs/heads/b${i}`));
  });

  it('refuses a hostile ref by name while the others go on', () => {
    const hostile = { old: null, new: state('branch', '--upload-pack=x', NEW) };
    const good = { old: null, new: state('tag', 'release/v1', NEW) };

    const parsed = parse(push(hostile, good));

    expect(parsed.refusedRefs.map(({ ref }) => ref)).toEqual(['"refs/heads/--upload-pack=x"']);
    expect(parsed.changes.map(({ ref }) => ref)).toEqual(['refs/tags/release/v1']);
  });

  it.each([
    ['Ada Example <ada@example.com>', 'Ada Example', 'ada@example.com'],
    ['Ada Example', 'Ada Example', ''],
    ['<ada@example.com>', '', 'ada@example.com'],
    ['Ada <ada@example.com', 'Ada', 'ada@example.com'],
    ['', '', ''],
    [undefined, '', ''],
  ])('reads the author %j', (raw, authorName, authorEmail) => {
    const parsed = parse(push({ old: state('branch', 'main', OLD), new: state('branch', 'main', NEW, raw) }));

    expect(parsed.changes[0]?.headCommit).toMatchObject({ authorName, authorEmail });
  });

  it('names the head of a pull request only where the payload has all of it', () => {
    const head = (hash: string) =>
      parse(pullRequest({ commit: { hash }, repository: REPOSITORY })).changes[0]?.pullRequest?.headSha;

    expect(head(NEW.slice(0, 12))).toBeUndefined();
    expect(head(NEW.toUpperCase())).toBe(NEW);
  });

  it('takes a pull request whose source repository or commit is gone for one from a fork', () => {
    const parsed = parse(pullRequest({ commit: null, repository: null }, 'pullrequest:rejected'));

    expect(parsed.changes[0]?.pullRequest).toMatchObject({ action: 'closed', fromFork: true });
  });

  it('takes the ID of the request, not that of the webhook', () => {
    const body = { repository: REPOSITORY, push: { changes: [] } };

    const parsed = parse(delivery('repo:push', body, { 'x-hook-uuid': 'hook', 'x-request-uuid': 'request' }));

    expect(parsed).toMatchObject({ deliveryId: 'request', kind: 'changes', changes: [] });
  });
});
