import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../delivery.ts';
import { verifyDelivery } from '../verify-delivery.ts';
import { webhook } from './webhook.ts';

const ZERO = '0'.repeat(40);
const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);
const TAG_OBJECT = 'c'.repeat(40);
const HOST = 'git.example.com';

function delivery(event: string, body: unknown, headers: Record<string, string> = {}): Delivery {
  return {
    headers: { 'x-event-key': event, ...headers },
    body: Buffer.from(JSON.stringify(body)),
    sourceIp: '192.0.2.7',
  };
}

const change = (id: string, fromHash: string, toHash: string) => ({ ref: { id }, refId: id, fromHash, toHash });
const repository = (key: string, links?: unknown) => ({
  slug: 'shop',
  project: { key },
  ...(links !== null && { links }),
});
const push = (body: Record<string, unknown>) =>
  delivery('repo:refs_changed', {
    repository: repository('ACME'),
    changes: [change('refs/heads/main', OLD, NEW)],
    ...body,
  });
const parse = (given: Delivery, host: string | undefined = HOST) =>
  webhook.parse(given, { ...(host !== undefined && { host }) });

describe('verify', () => {
  const secret = 'a secret';
  const withSecret = { secrets: [secret], previousSecrets: [], allowSha1: true };
  const ping = delivery('diagnostics:ping', { test: true });

  it('refuses the unsigned test delivery where a secret is set, and takes it by its address where none is', () => {
    const byAddress = { secrets: [], previousSecrets: [], allowSha1: false, allowedIps: ['192.0.2.0/24'] };

    expect(verifyDelivery({ webhook }, ping, withSecret, 0)).toEqual({ ok: false, reason: 'signature-missing' });
    expect(verifyDelivery({ webhook }, ping, byAddress, 0)).toEqual({ ok: true });
    expect(parse(ping)).toMatchObject({ kind: 'ping', changes: [] });
  });

  it('does not take a SHA-1 signature', () => {
    const hex = createHmac('sha1', secret).update(ping.body).digest('hex');
    const signed = { ...ping, headers: { ...ping.headers, 'x-hub-signature': `sha1=${hex}` } };

    expect(webhook.verify(signed, withSecret, 0)).toEqual({ ok: false, reason: 'signature-malformed' });
  });
});

describe('parse', () => {
  const clone = [
    { href: 'ssh://git@ssh.example.com:2222/acme/shop.git', name: 'ssh' },
    { href: 'https://git.example.com/bitbucket/scm/acme/shop.git', name: 'http' },
  ];
  const self = [{ href: 'https://git.example.com/bitbucket/projects/ACME/repos/shop/browse' }];

  it.each([
    [
      'links',
      repository('ACME', { clone, self }),
      {
        sshUrl: 'ssh://git@ssh.example.com:2222/acme/shop.git',
        httpsUrl: 'https://git.example.com/bitbucket/scm/acme/shop.git',
        webUrl: 'https://git.example.com/bitbucket/projects/ACME/repos/shop',
      },
    ],
    [
      'its page below a path',
      repository('ACME', { self }),
      {
        sshUrl: 'ssh://git@git.example.com:7999/acme/shop.git',
        httpsUrl: 'https://git.example.com/bitbucket/scm/acme/shop.git',
        webUrl: 'https://git.example.com/bitbucket/projects/ACME/repos/shop',
      },
    ],
    [
      'the host of the connection',
      repository('ACME'),
      {
        sshUrl: 'ssh://git@git.example.com:7999/acme/shop.git',
        httpsUrl: 'https://git.example.com/scm/acme/shop.git',
        webUrl: 'https://git.example.com/projects/ACME/repos/shop',
      },
    ],
  ])('knows the URLs of a repository by %s', (_by, given, urls) => {
    const expected = { host: HOST, path: 'ACME/shop', name: 'shop', ...urls };

    expect(parse(push({ repository: given }), `${HOST}:7999`).changes[0]?.repository).toEqual(expected);
  });

  it('reads a personal project', () => {
    expect(parse(push({ repository: repository('~ada') })).changes[0]?.repository).toMatchObject({
      path: '~ada/shop',
      httpsUrl: 'https://git.example.com/scm/~ada/shop.git',
      webUrl: 'https://git.example.com/users/ada/repos/shop',
    });
  });

  it('says where to add the host that neither payload nor connection names', () => {
    expect(() => webhook.parse(push({}), {})).toThrow('add "host" to the connection');
  });

  it('reads an old body, without commits and links', () => {
    expect(parse(push({})).changes[0]).toMatchObject({ before: OLD, after: NEW, skipCi: false });
    expect(parse(push({})).changes[0]).not.toHaveProperty('headCommit');
  });

  it.each([[1_772_600_700_000], ['2026-03-04T05:05:00.000Z']])('reads the time %s', (committerTimestamp) => {
    const parsed = parse(push({ toCommit: { id: NEW, committerTimestamp } }));

    expect(parsed.changes[0]?.headCommit?.committedAt).toBe('2026-03-04T05:05:00.000Z');
  });

  it('finds the head among the commits of several changes by its SHA', () => {
    const commits = [
      { id: OLD, message: 'Other branch' },
      { id: NEW, message: 'Price in euros [skip ci]' },
    ];
    const changes = [change('refs/heads/main', OLD, NEW), change('refs/heads/other', ZERO, OLD)];

    const parsed = parse(push({ commits, toCommit: commits[0], changes }));

    expect(parsed.changes.map(({ headCommit }) => headCommit?.subject)).toEqual([
      'Price in euros [skip ci]',
      'Other branch',
    ]);
    expect(parsed.changes.map(({ skipCi }) => skipCi)).toEqual([true, false]);
  });

  it('resolves an annotated tag where it is the only change', () => {
    const tag = change('refs/tags/v1', ZERO, TAG_OBJECT);
    const after = (changes: unknown[]) => parse(push({ changes, toCommit: { id: NEW } })).changes[0]?.after;

    expect(after([tag])).toBe(NEW);
    expect(after([tag, change('refs/heads/main', OLD, NEW)])).toBe(TAG_OBJECT);
    expect(after([change('refs/tags/v1', TAG_OBJECT, ZERO)])).toBeUndefined();
  });

  it('refuses a hostile ref by name while the others go on', () => {
    const names = ['refs/heads/--upload-pack=x', 'refs/heads/main', 'main', 'refs/heads/a..b', 'refs/tags/v1'];

    const parsed = parse(push({ changes: names.map((name) => change(name, ZERO, NEW)) }));

    expect(parsed.changes.map(({ ref }) => ref)).toEqual(['refs/heads/main', 'refs/tags/v1']);
    expect(parsed.refusedRefs.map(({ ref }) => ref)).toEqual([
      '"refs/heads/--upload-pack=x"',
      '"main"',
      '"refs/heads/a..b"',
    ]);
  });

  it('reads what the add-on sends', () => {
    const state = (type: string, name: string, hash: string) => ({ type, name, target: { type: 'commit', hash } });
    const links = { self: [{ href: 'https://git.example.com/users/ada/repos/shop/browse' }] };
    const changes = [
      { created: false, closed: false, old: state('branch', 'main', OLD), new: state('branch', 'main', NEW) },
      { created: true, closed: false, old: null, new: state('TAG', 'v1', NEW) },
      { created: false, closed: true, old: state('branch', 'gone', OLD), new: null },
      { old: null, new: null },
    ];
    const body = { repository: { ...repository('~ADA', links), fullName: '~ADA/shop' }, push: { changes } };

    const parsed = parse(delivery('repo:push', body));

    expect(parsed.changes.map(({ ref, before, after }) => [ref, before, after])).toEqual([
      ['refs/heads/main', OLD, NEW],
      ['refs/tags/v1', undefined, NEW],
      ['refs/heads/gone', OLD, undefined],
    ]);
    expect(parsed.changes[0]?.repository).toMatchObject({
      path: '~ADA/shop',
      httpsUrl: 'https://git.example.com/scm/~ada/shop.git',
      webUrl: 'https://git.example.com/users/ada/repos/shop',
    });
    expect(parsed.deliveryId).toMatch(/^body-[0-9a-f]{64}$/);
  });

  it('takes a deleted pull request for closed, and one whose fork is gone for foreign', () => {
    const toRef = { id: 'refs/heads/main', repository: repository('ACME') };
    const fromRef = { id: 'refs/heads/cart', latestCommit: NEW, repository: null };

    const parsed = parse(delivery('pr:deleted', { pullRequest: { id: 7, fromRef, toRef } }));

    expect(parsed.changes[0]?.pullRequest).toMatchObject({ action: 'closed', headSha: NEW, fromFork: true });
  });
});
