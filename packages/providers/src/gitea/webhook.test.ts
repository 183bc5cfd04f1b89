import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Delivery, WebhookCredentials } from '../delivery.ts';
import { readFixture } from '../test/fixture.ts';
import { webhook } from './webhook.ts';

const A = '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8';
const B = 'e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98';
const ZEROS = '0'.repeat(40);
const SECRET = 'shared';
const CREDENTIALS: WebhookCredentials = { secrets: [SECRET], previousSecrets: [], allowSha1: true };

function delivery(headers: Record<string, string>, body: unknown): Delivery {
  return {
    headers,
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    sourceIp: '203.0.113.9',
  };
}

interface Body {
  readonly after: string;
  readonly total_commits: number;
  readonly head_commit: object;
  readonly pull_request: { readonly head: object };
  readonly repository: object;
}

function bodyOf(fixtureCase: string): Body {
  return readFixture('gitea', fixtureCase)?.body as Body;
}

function gogs(event: string, body: unknown) {
  return webhook.parse(delivery({ 'x-gogs-event': event }, body), {});
}

function gitea(event: string, body: unknown) {
  const headers = { 'x-gitea-event': event, 'x-gitea-event-type': event, 'x-gogs-event': event };
  return webhook.parse(delivery(headers, body), {});
}

const hexHmac = (text: string) => createHmac('sha256', SECRET).update(text).digest('hex');

describe('verify', () => {
  it.each(['x-forgejo-signature', 'x-gitea-signature', 'x-gogs-signature'])('accepts %s alone', (header) => {
    expect(webhook.verify(delivery({ [header]: hexHmac('{}') }, '{}'), CREDENTIALS, 0)).toEqual({ ok: true });
  });

  it('takes the first of several signatures, and no other one makes up for it', () => {
    const right = hexHmac('{}');
    const wrong = hexHmac('{ }');
    const verdict = (headers: Record<string, string>) => webhook.verify(delivery(headers, '{}'), CREDENTIALS, 0);

    expect(verdict({ 'x-forgejo-signature': right, 'x-gitea-signature': right, 'x-gogs-signature': right }).ok).toBe(
      true,
    );
    expect(verdict({ 'x-forgejo-signature': wrong, 'x-gitea-signature': right })).toMatchObject({ ok: false });
    expect(verdict({ 'x-gitea-signature': '', 'x-gogs-signature': right })).toMatchObject({
      reason: 'signature-missing',
    });
  });

  it('takes neither a prefix, nor SHA-1, nor a signature in a header of another provider', () => {
    const sha1 = createHmac('sha1', SECRET).update('{}').digest('hex');
    const headers = [
      { 'x-gitea-signature': `sha256=${hexHmac('{}')}` },
      { 'x-gitea-signature': sha1 },
      { 'x-hub-signature': `sha1=${sha1}` },
      { 'x-hub-signature-256': `sha256=${hexHmac('{}')}` },
    ];

    for (const given of headers) {
      expect(webhook.verify(delivery(given, '{}'), CREDENTIALS, 0)).toMatchObject({ ok: false });
    }
  });

  it('refuses an unsigned body that holds the secret itself, as old versions did', () => {
    const body = { ...bodyOf('branch-update'), secret: SECRET };

    expect(webhook.verify(delivery({ 'x-gogs-event': 'push' }, body), CREDENTIALS, 0)).toEqual({
      ok: false,
      reason: 'signature-missing',
    });
  });

  it('verifies and reads a form, whose field is what is signed', () => {
    const payload = JSON.stringify(bodyOf('non-ascii'));
    const form = new URLSearchParams({ payload }).toString();
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-gitea-event': 'push',
      'x-gitea-signature': hexHmac(payload),
    };

    expect(webhook.verify(delivery(headers, form), CREDENTIALS, 0)).toEqual({ ok: true });
    expect(webhook.verify(delivery(headers, `${form}x`), CREDENTIALS, 0)).toMatchObject({ ok: false });
    expect(webhook.parse(delivery(headers, form), {}).changes).toEqual(gitea('push', JSON.parse(payload)).changes);
  });
});

describe('parse', () => {
  it('makes one change of a new ref: of the push, where the server sends one', () => {
    const { repository } = bodyOf('branch-update');
    const branch = { ref: 'feature/cart', ref_type: 'branch', sha: B, repository };
    const tag = { ref: 'v1.0.0', ref_type: 'tag', sha: B, repository };

    for (const body of [branch, tag]) expect(gitea('create', body)).toMatchObject({ kind: 'unknown', changes: [] });
    expect(gogs('create', branch)).toMatchObject({ kind: 'unknown', changes: [] });
    expect(gogs('create', tag).changes).toMatchObject([{ ref: 'refs/tags/v1.0.0', after: B, created: true }]);
    expect(gogs('create', { ...tag, sha: '' })).toMatchObject({ kind: 'unknown' });
  });

  it('makes one change of a deleted ref', () => {
    const { repository } = bodyOf('branch-update');
    const branch = { ref: 'feature/cart', ref_type: 'branch', repository };
    const tag = { ref: 'v1.0.0', ref_type: 'tag', repository };

    expect(gogs('delete', branch).changes).toMatchObject([{ ref: 'refs/heads/feature/cart', deleted: true }]);
    expect(gogs('delete', tag).changes).toMatchObject([{ ref: 'refs/tags/v1.0.0', deleted: true, created: false }]);
    expect(gitea('delete', tag)).toMatchObject({ kind: 'unknown', changes: [] });
    expect(gitea('push', bodyOf('tag-delete')).changes).toMatchObject([{ deleted: true, before: expect.any(String) }]);
  });

  it('takes a short ref for what it is: a tag named refs/heads/main is no branch', () => {
    const body = { ref: 'refs/heads/main', ref_type: 'tag', sha: B, repository: bodyOf('branch-update').repository };

    expect(gogs('create', body).changes).toMatchObject([{ ref: 'refs/tags/refs/heads/main', refType: 'tag' }]);
  });

  it('reads a push of Gogs, without a total and a head commit, and does not claim all its paths', () => {
    const { total_commits: _total, head_commit: _head, ...body } = bodyOf('branch-update');

    expect(gogs('push', body).changes).toMatchObject([
      { headCommit: { subject: 'Round prices' }, forced: false, changedPathsComplete: false },
    ]);
  });

  it('reads the oldest shape, whose repository has no full name', () => {
    const repository = { name: 'shop', url: 'http://git.example.com/acme/shop', owner: { name: 'acme' } };
    const body = { secret: SECRET, ref: 'refs/heads/main', before: A, after: B, commits: null, repository };
    const parsed = webhook.parse(delivery({ 'x-gogs-event': 'push' }, body), { host: 'git.example.com' });

    expect(parsed.changes).toMatchObject([{ after: B, repository: { path: 'acme/shop', host: 'git.example.com' } }]);
    expect(JSON.stringify(parsed)).not.toContain(SECRET);
  });

  it('keeps the tag object where no head commit says what the tag stands for', () => {
    const body = { ...bodyOf('tag-create'), head_commit: null };

    expect(gitea('push', body).changes).toMatchObject([{ after: body.after, created: true }]);
  });

  it('takes a test delivery for one, also in a repository without commits', () => {
    expect(gitea('push', { ...bodyOf('ping'), before: ZEROS, after: ZEROS })).toMatchObject({ kind: 'ping' });
  });

  it.each(['forgejo', 'gitea', 'gogs'])('knows the event and the ID by the headers of %s alone', (name) => {
    const headers = { [`x-${name}-event`]: 'push', [`x-${name}-delivery`]: 'the-id' };

    expect(webhook.parse(delivery(headers, bodyOf('branch-update')), {})).toMatchObject({
      deliveryId: 'the-id',
      eventName: 'push',
      changes: [{ ref: 'refs/heads/main' }],
    });
  });

  it('reads a pull request of Gogs by its branches, without a commit', () => {
    const { repository } = bodyOf('branch-update');
    const pull = { head_branch: 'feature/cart', base_branch: 'main', head_repo: { full_name: 'grace/shop' } };
    const body = { action: 'opened', number: 7, pull_request: pull, repository };
    const expected = { sourceRef: 'refs/heads/feature/cart', targetRef: 'refs/heads/main', fromFork: true };

    expect(gogs('pull_request', body).changes).toMatchObject([{ ref: 'refs/pull/7/head', pullRequest: expected }]);
    expect(gogs('pull_request', body).changes[0]).not.toHaveProperty('after');
  });

  it('starts nothing on a pull request that only got a label, or that names no branches', () => {
    const body = bodyOf('pull-request-opened');

    expect(gitea('pull_request', { ...body, action: 'label_updated' })).toMatchObject({ kind: 'unknown' });
    expect(gitea('pull_request', { ...body, pull_request: {} })).toMatchObject({ kind: 'unknown' });
  });

  it('counts a pull request as from a fork where its head repository is gone, and keeps the full ref of its head', () => {
    const body = bodyOf('pull-request-opened');
    const pull = body.pull_request;
    const head = { ...pull.head, ref: 'refs/pull/7/head', repo: null };

    expect(gitea('pull_request', { ...body, pull_request: { ...pull, head } })).toMatchObject({
      changes: [{ pullRequest: { sourceRef: 'refs/pull/7/head', fromFork: true } }],
    });
  });

  it('counts a pull request that was made by AGit as from a fork: who may only read the repository can make one', () => {
    const body = bodyOf('pull-request-opened');
    const pull = body.pull_request;
    const head = { ...pull.head, label: '', ref: 'refs/pull/7/head', repo: body.repository };

    expect(gitea('pull_request', { ...body, pull_request: { ...pull, head } })).toMatchObject({
      changes: [{ ref: 'refs/pull/7/head', pullRequest: { fromFork: true } }],
    });
  });

  it('counts a pull request as from a fork where neither repository is named', () => {
    const body = bodyOf('pull-request-opened');
    const repository = { ...body.repository, full_name: undefined, owner: { username: 'acme' }, name: 'shop' };
    const pull = { ...body.pull_request, head: { ...body.pull_request.head, repo: null } };

    expect(gitea('pull_request', { ...body, repository, pull_request: pull })).toMatchObject({
      changes: [{ repository: { path: 'acme/shop' }, pullRequest: { fromFork: true } }],
    });
  });

  it.each([
    ['push', { ...bodyOf('branch-update'), ref: 'refs/heads/--upload-pack=x' }, '"refs/heads/--upload-pack=x"'],
    ['delete', { ...bodyOf('branch-delete'), ref: '--upload-pack=x' }, '"refs/heads/--upload-pack=x"'],
    ['delete', { ...bodyOf('branch-delete'), ref: '../main' }, '"refs/heads/../main"'],
  ])('refuses a hostile ref of %s by name', (event, body, ref) => {
    expect(gitea(event, body)).toMatchObject({ kind: 'changes', changes: [], refusedRefs: [{ ref }] });
  });
});
