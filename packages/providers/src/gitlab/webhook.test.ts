import { describe, expect, it } from 'vitest';
import type { Delivery, WebhookCredentials } from '../delivery.ts';
import { readFixture } from '../test/fixture.ts';
import { webhook } from './webhook.ts';

const A = '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8';
const B = 'e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98';
const ZEROS = '0'.repeat(40);

/** https://github.com/standard-webhooks/standard-webhooks, the vector of its libraries' tests. */
const SIGNED = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  nowMs: 1_614_265_330_000,
  delivery: delivery(
    {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    '{"test": 2432232314}',
  ),
};

function delivery(headers: Record<string, string>, body: unknown): Delivery {
  return {
    headers,
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    sourceIp: '203.0.113.9',
  };
}

function parse(event: string, body: unknown) {
  return webhook.parse(delivery({ 'x-gitlab-event': event }, body), {});
}

interface Body {
  readonly object_kind: string;
  readonly commits: readonly unknown[];
  readonly object_attributes: object;
}

function bodyOf(fixtureCase: string): Body {
  return readFixture('gitlab', fixtureCase)?.body as Body;
}

function credentials(secrets: string[], previousSecrets: string[] = []): WebhookCredentials {
  return { secrets, previousSecrets, allowSha1: false };
}

describe('verify', () => {
  const withToken = { ...SIGNED.delivery, headers: { ...SIGNED.delivery.headers, 'x-gitlab-token': 'plain' } };
  const tokenOnly = delivery({ 'x-gitlab-token': 'plain' }, SIGNED.delivery.body.toString());

  it('accepts the published signature, also by a signing token of the version before', () => {
    const other = `whsec_${Buffer.from('another key').toString('base64')}`;

    expect(webhook.verify(SIGNED.delivery, credentials([SIGNED.secret]), SIGNED.nowMs)).toEqual({ ok: true });
    expect(webhook.verify(SIGNED.delivery, credentials([other], [SIGNED.secret]), SIGNED.nowMs)).toEqual({ ok: true });
    expect(webhook.verify(SIGNED.delivery, credentials([other]), SIGNED.nowMs)).toMatchObject({
      reason: 'signature-wrong',
    });
  });

  it('never falls back to a token once a current secret is a signing token', () => {
    const mixed = credentials(['plain', SIGNED.secret], ['plain']);
    const forged = { ...withToken, body: Buffer.from('{}') };

    expect(webhook.verify(tokenOnly, mixed, SIGNED.nowMs)).toEqual({ ok: false, reason: 'signature-missing' });
    expect(webhook.verify(forged, mixed, SIGNED.nowMs)).toEqual({ ok: false, reason: 'signature-wrong' });
    expect(webhook.verify(withToken, mixed, SIGNED.nowMs)).toEqual({ ok: true });
  });

  it('never takes a signing token for a token', () => {
    const leaked = delivery({ 'x-gitlab-token': SIGNED.secret }, '{}');

    expect(webhook.verify(leaked, credentials(['plain'], [SIGNED.secret]), SIGNED.nowMs)).toMatchObject({ ok: false });
    expect(webhook.verify(leaked, credentials([SIGNED.secret]), SIGNED.nowMs)).toMatchObject({ ok: false });
  });

  it('keeps the token of the current and the previous version while no current secret signs', () => {
    expect(webhook.verify(tokenOnly, credentials(['new'], ['plain']), 0)).toEqual({ ok: true });
    expect(webhook.verify(tokenOnly, credentials(['plain'], [SIGNED.secret]), 0)).toEqual({ ok: true });
  });

  it('refuses a signature older or newer than five minutes', () => {
    for (const offMs of [-301_000, 301_000]) {
      expect(webhook.verify(SIGNED.delivery, credentials([SIGNED.secret]), SIGNED.nowMs + offMs)).toMatchObject({
        reason: 'timestamp-outside-window',
      });
    }
  });
});

describe('parse', () => {
  it('takes the signed ID before the unsigned ones, so that a replay cannot pass for another delivery', () => {
    const { headers, body } = SIGNED.delivery;
    const replayed = { ...headers, 'x-gitlab-event': 'Job Hook', 'idempotency-key': 'another' };

    expect(webhook.parse({ headers: replayed, body, sourceIp: '' }, {}).deliveryId).toBe(headers['webhook-id']);
  });

  it('reads the same push from a system hook, with or without its object_kind', () => {
    const body = bodyOf('branch-update');
    const { object_kind: _, ...nameless } = body;

    expect(parse('System Hook', body).changes).toEqual(parse('Push Hook', body).changes);
    expect(parse('System Hook', nameless)).toMatchObject({ eventName: 'push', changes: [{ ref: 'refs/heads/main' }] });
    expect(parse('System Hook', bodyOf('tag-create')).changes).toEqual(
      parse('Tag Push Hook', bodyOf('tag-create')).changes,
    );
    expect(parse('System Hook', bodyOf('pull-request-merged'))).toMatchObject({
      changes: [{ pullRequest: { action: 'merged' } }],
    });
  });

  it('leaves what else a system hook says alone: pushes come as well as repository_update', () => {
    const update = { event_name: 'repository_update', changes: [{ before: A, after: B, ref: 'refs/heads/main' }] };

    expect(parse('System Hook', update)).toMatchObject({ kind: 'unknown', eventName: 'repository_update' });
    expect(parse('System Hook', { event_name: 'project_create' })).toMatchObject({ kind: 'unknown' });
  });

  it('reads a project from the shape that knew only its URLs, and commits that were an empty text', () => {
    const body = {
      before: ZEROS,
      after: B,
      ref: 'refs/heads/main',
      user_name: 'Ada Example',
      project_id: 15,
      repository: {
        name: 'Shop',
        url: 'git@git.example.com:acme/shop.git',
        homepage: 'http://git.example.com/gitlab/acme/shop',
      },
      commits: '',
      total_commits_count: 0,
    };

    expect(parse('Push Hook', body).changes).toMatchObject([
      {
        repository: { host: 'git.example.com', path: 'acme/shop', sshUrl: 'git@git.example.com:acme/shop.git' },
        created: true,
        forced: false,
      },
    ]);
  });

  it.each([
    ['git@git.example.com:acme/shop.git', 'acme/shop'],
    ['ssh://git@git.example.com:2222/acme/platform/shop.git', 'acme/platform/shop'],
    ['https://git.example.com/acme/shop.git', 'acme/shop'],
  ])('reads the path of %s', (url, path) => {
    const repository = { url, homepage: url.startsWith('https:') ? url : null };
    const body = { ref: 'refs/heads/main', before: A, after: B, repository };

    expect(webhook.parse(delivery({ 'x-gitlab-event': 'Push Hook' }, body), { host: 'git.example.com' })).toMatchObject(
      {
        changes: [{ repository: { path } }],
      },
    );
  });

  it('claims a whole list of paths only where every commit of the update is listed with its paths', () => {
    const body = bodyOf('branch-update');
    const isComplete = (change: Record<string, unknown>) =>
      parse('Push Hook', { ...body, ...change }).changes.map(({ changedPathsComplete }) => changedPathsComplete);

    expect(isComplete({})).toEqual([true]);
    expect(isComplete({ total_commits_count: 21 })).toEqual([false]);
    expect(isComplete({ total_commits_count: null })).toEqual([false]);
    expect(isComplete({ before: ZEROS })).toEqual([false]);
    expect(isComplete({ commits: [{ id: B, message: 'No lists' }], total_commits_count: 1 })).toEqual([false]);
  });

  it('finds the head by its ID, wherever it is in the list', () => {
    const body = bodyOf('branch-update');
    const commits = body.commits.toReversed();

    expect(parse('Push Hook', { ...body, commits }).changes[0]?.headCommit).toEqual(
      parse('Push Hook', body).changes[0]?.headCommit,
    );
  });

  it('tells the Test button from a push, also in a project with one commit or none', () => {
    const body = bodyOf('ping');

    expect(parse('Tag Push Hook', body)).toMatchObject({ kind: 'ping', changes: [] });
    expect(parse('Push Hook', { ...body, before: B, after: B })).toMatchObject({ kind: 'ping' });
    expect(parse('Push Hook', { ...body, before: null, after: null, commits: [] })).toMatchObject({ kind: 'ping' });
  });

  it.each(['approved', 'unapproved', 'update', undefined])('starts nothing on a merge request that is %s', (action) => {
    const body = bodyOf('pull-request-opened');
    const changed = { ...body, object_attributes: { ...body.object_attributes, action } };

    expect(parse('Merge Request Hook', changed)).toMatchObject({ kind: 'unknown', changes: [] });
  });

  it('counts a merge request as from a fork where its source project is gone', () => {
    const body = bodyOf('pull-request-updated');
    const gone = { ...body.object_attributes, source_project_id: null };

    expect(parse('Merge Request Hook', { ...body, object_attributes: gone })).toMatchObject({
      changes: [{ pullRequest: { fromFork: true } }],
    });
  });

  it('reopens as opened, and sees the marker in the last commit of a merge request', () => {
    const body = bodyOf('pull-request-opened');
    const last = { id: B, message: 'Later [skip ci]' };
    const reopened = { ...body.object_attributes, action: 'reopen', last_commit: last };

    expect(parse('Merge Request Hook', { ...body, object_attributes: reopened })).toMatchObject({
      changes: [{ skipCi: true, after: B, pullRequest: { action: 'opened', headSha: B } }],
    });
  });

  it.each(['refs/heads/--upload-pack=x', 'refs/heads/a\u0000b', 'refs/heads/../main', 'main'])(
    'refuses the ref %j by name',
    (ref) => {
      const parsed = parse('Push Hook', { ...bodyOf('branch-update'), ref });

      expect(parsed).toMatchObject({ kind: 'changes', changes: [], refusedRefs: [{ ref: JSON.stringify(ref) }] });
    },
  );
});
