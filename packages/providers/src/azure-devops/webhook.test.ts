import { parseGitUrl } from '@gitsource/events';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../delivery.ts';
import { webhook } from './webhook.ts';

const ZERO = '0'.repeat(40);
const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);
const REPOSITORY = { remoteUrl: 'https://acme@dev.azure.com/acme/Web%20Shop/_git/shop' };

function delivery(event: Record<string, unknown>, headers: Record<string, string> = {}): Delivery {
  const body = { id: 'event-1', eventType: 'git.push', subscriptionId: 'subscription-1', ...event };
  return { headers, body: Buffer.from(JSON.stringify(body)), sourceIp: '203.0.113.9' };
}

const push = (resource: Record<string, unknown>) =>
  delivery({
    resource: {
      refUpdates: [{ name: 'refs/heads/main', oldObjectId: OLD, newObjectId: NEW }],
      repository: REPOSITORY,
      ...resource,
    },
  });
const pullRequest = (eventType: string, resource: Record<string, unknown>) =>
  delivery({
    eventType,
    resource: {
      pullRequestId: 7,
      status: 'active',
      sourceRefName: 'refs/heads/cart',
      targetRefName: 'refs/heads/main',
      lastMergeSourceCommit: { commitId: NEW },
      repository: REPOSITORY,
      ...resource,
    },
  });
const parse = (given: Delivery) => webhook.parse(given, {});

describe('verify', () => {
  const credentials = { secrets: ['pass:word ß'], previousSecrets: [], allowSha1: false };
  const verify = (authorization: string) => webhook.verify(delivery({}, { authorization }), credentials, 0);
  const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');

  it.each(['gitsource:pass:word ß', ':pass:word ß'])('takes the password of %s, whoever the user', (pair) => {
    expect(verify(`Basic ${base64(pair)}`)).toEqual({ ok: true });
    expect(verify(`basic ${base64(pair)}`)).toEqual({ ok: true });
  });

  it.each([
    ['no credentials', '', 'signature-missing'],
    ['an empty password', `Basic ${base64('gitsource:')}`, 'signature-missing'],
    ['no colon', `Basic ${base64('pass')}`, 'signature-malformed'],
    ['another scheme', `Bearer ${base64('gitsource:pass:word ß')}`, 'signature-malformed'],
    ['no base64', 'Basic gitsource:pass', 'signature-malformed'],
    ['base64 that is not the shortest', 'Basic Omd=', 'signature-malformed'],
    ['two headers in one', `Basic ${base64('a:b')}, Basic ${base64('a:b')}`, 'signature-malformed'],
    ['bytes that are no text', `Basic ${base64(Buffer.from([0x3a, 0xc3, 0x28]))}`, 'signature-malformed'],
    ['only the user name right', `Basic ${base64('pass:word ß:x')}`, 'signature-wrong'],
    ['a part of the password', `Basic ${base64('gitsource:pass:word')}`, 'signature-wrong'],
  ])('refuses %s', (_what, authorization, reason) => {
    expect(verify(authorization)).toEqual({ ok: false, reason });
  });
});

describe('parse', () => {
  it.each([
    [
      'https://acme@dev.azure.com/acme/Web%20Shop/_git/shop',
      'acme/Web Shop/_git/shop',
      'git@ssh.dev.azure.com:v3/acme/Web%20Shop/shop',
    ],
    ['https://dev.azure.com/acme/_git/shop', 'acme/_git/shop', 'git@ssh.dev.azure.com:v3/acme/shop/shop'],
    [
      'https://acme.visualstudio.com/DefaultCollection/_git/Web Shop',
      'DefaultCollection/_git/Web Shop',
      'acme@vs-ssh.visualstudio.com:v3/acme/Web%20Shop/Web%20Shop',
    ],
    [
      'https://acme.visualstudio.com/Web%20Shop/_git/shop',
      'Web Shop/_git/shop',
      'acme@vs-ssh.visualstudio.com:v3/acme/Web%20Shop/shop',
    ],
    [
      'http://tfs.example.com:8080/tfs/Main/Web Shop/_git/shop',
      'tfs/Main/Web Shop/_git/shop',
      'ssh://tfs.example.com:22/tfs/Main/Web%20Shop/_git/shop',
    ],
  ])('names the repository %s as a pipeline does', (remoteUrl, path, sshUrl) => {
    const repository = parse(push({ repository: { remoteUrl } })).changes[0]?.repository;

    expect(repository).toMatchObject({ path, sshUrl, webUrl: repository?.httpsUrl });
    expect(parseGitUrl((repository?.httpsUrl ?? '').replace('http:', 'https:')).repositoryPath).toBe(path);
  });

  const old = 'https://acme.visualstudio.com/DefaultCollection/Web%20Shop/_git/shop';
  const own = 'https://git.example.com/tfs/Main/Web%20Shop/_git/shop';

  it.each([
    [REPOSITORY.remoteUrl, 'git@ssh.dev.azure.com:v3/ACME/web%20shop/shop'],
    [REPOSITORY.remoteUrl, 'ssh://git@ssh.dev.azure.com/v3/acme/Web%20Shop/shop'],
    [old, 'acme@vs-ssh.visualstudio.com:v3/acme/Web%20Shop/shop'],
    [old, 'ssh://acme@vs-ssh.visualstudio.com:22/Web%20Shop/_ssh/shop'],
    [own, 'ssh://git.example.com:2222/tfs/Main/Web%20Shop/_ssh/shop'],
    [own, 'ssh://git.example.com:2222/tfs/Main/Web%20Shop/_git/shop'],
  ])('takes of %s the SSH URL %s, which the payload names', (remoteUrl, sshUrl) => {
    expect(parse(push({ repository: { remoteUrl, sshUrl } })).changes[0]?.repository.sshUrl).toBe(sshUrl);
  });

  it.each([
    [REPOSITORY.remoteUrl, 'git@ssh.dev.azure.com:v3/acme/Web%20Shop/other'],
    [REPOSITORY.remoteUrl, 'git@ssh.dev.azure.com:v3/acme/Other/shop'],
    [REPOSITORY.remoteUrl, 'git@ssh.dev.azure.com:v3/other/Web%20Shop/shop'],
    [REPOSITORY.remoteUrl, 'git@ssh.dev.azure.com:acme/Web%20Shop/_git/shop'],
    [old, 'acme@vs-ssh.visualstudio.com:v3/other/Web%20Shop/shop'],
    [old, 'ssh://other@vs-ssh.visualstudio.com:22/Web%20Shop/_ssh/shop'],
    [own, 'ssh://git.example.com:2222/tfs/Other/Web%20Shop/_git/shop'],
    [own, 'ssh://git.example.com:2222/Main/shop'],
  ])('refuses of %s the SSH URL %s of another repository', (remoteUrl, sshUrl) => {
    expect(() => parse(push({ repository: { remoteUrl, sshUrl } }))).toThrow('SSH URL is of another repository');
  });

  it.each([
    'ext::sh -c hunter2',
    'git@ssh.dev.azure.com:v3/acme/hunter2/shop',
    'https://999.1.1.1/hunter2/_git/shop',
    'https://dev.azure.com/acme/%zz/_git/hunter2',
  ])('shows nothing of the remote URL %s, which it cannot use', (remoteUrl) => {
    const broken = push({ repository: { remoteUrl } });

    expect(() => parse(broken)).toThrow(expect.objectContaining({ code: 'providers/payload-malformed' }));
    expect(() => parse(broken)).not.toThrow('hunter2');
  });

  it('finds the head commit of each ref by its SHA, whatever the order', () => {
    const who = { name: 'Ada Example', email: 'ada@example.com', date: '2026-03-04T05:05:00Z' };
    const commit = (commitId: string, comment: string) => ({ commitId, comment, author: who, committer: who });
    const refUpdates = [
      { name: 'refs/heads/main', oldObjectId: OLD, newObjectId: NEW },
      { name: 'refs/heads/other', oldObjectId: ZERO, newObjectId: OLD },
      { name: 'refs/tags/v1', oldObjectId: ZERO, newObjectId: 'c'.repeat(40) },
    ];

    const parsed = parse(push({ refUpdates, commits: [commit(OLD, 'Other [skip ci]'), commit(NEW, 'Price')] }));

    expect(parsed.changes.map(({ headCommit }) => headCommit?.subject)).toEqual([
      'Price',
      'Other [skip ci]',
      undefined,
    ]);
    expect(parsed.changes.map(({ skipCi }) => skipCi)).toEqual([false, true, false]);
  });

  it('refuses a hostile ref by name while the others go on', () => {
    const names = ['refs/heads/--upload-pack=x', 'refs/heads/main'];

    const parsed = parse(push({ refUpdates: names.map((name) => ({ name, oldObjectId: ZERO, newObjectId: NEW })) }));

    expect(parsed.changes.map(({ ref }) => ref)).toEqual(['refs/heads/main']);
    expect(parsed.refusedRefs.map(({ ref }) => ref)).toEqual(['"refs/heads/--upload-pack=x"']);
  });

  it.each([undefined, null, {}, { id: 'x', url: 'https://dev.azure.com/acme' }])(
    'says which setting sends a resource of %j',
    (resource) => {
      expect(() => parse(delivery({ resource }))).toThrow('Set "Resource details to send"');
      expect(() => parse(delivery({ eventType: 'git.pullrequest.created', resource }))).toThrow('to All');
    },
  );

  it.each([
    ['a hook that is not saved yet', '00000000-0000-0000-0000-000000000000', 'any'],
    ['a saved hook', '6a1b2c3d-0000-4000-8000-00000000000a', 'af07be1b-f3ad-44c8-a7f1-c4835f2df06b'],
  ])('takes the test of %s for a ping', (_which, subscriptionId, id) => {
    expect(parse(delivery({ subscriptionId, id }))).toMatchObject({ kind: 'ping', changes: [] });
  });

  it.each([
    ['git.pullrequest.created', 'active', 'opened'],
    ['git.pullrequest.updated', 'active', 'updated'],
    ['git.pullrequest.updated', 'abandoned', 'closed'],
    ['git.pullrequest.updated', 'completed', 'merged'],
    ['git.pullrequest.merged', 'completed', 'merged'],
    ['git.pullrequest.merged', 'active', undefined],
    ['git.pullrequest.merged', 'abandoned', undefined],
  ])('reads %s of a pull request that is %s as %s', (eventType, status, action) => {
    const parsed = parse(pullRequest(eventType, { status }));

    expect(parsed.kind).toBe(action === undefined ? 'unknown' : 'changes');
    expect(parsed.changes[0]?.pullRequest?.action).toBe(action);
  });

  it('has no head SHA before the first merge was tried', () => {
    const [change] = parse(pullRequest('git.pullrequest.created', { lastMergeSourceCommit: null })).changes;

    expect(change?.pullRequest).toEqual({
      number: 7,
      action: 'opened',
      sourceRef: 'refs/heads/cart',
      targetRef: 'refs/heads/main',
      fromFork: false,
    });
    expect(change).not.toHaveProperty('after');
  });

  it('takes the ID of the event where it can be one, else one of the body', () => {
    expect(parse(push({})).deliveryId).toBe('event-1');
    expect(parse(delivery({ id: 'no\nid', eventType: 'build.complete' })).deliveryId).toMatch(/^body-/);
  });
});
