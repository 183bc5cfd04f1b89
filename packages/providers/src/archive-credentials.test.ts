import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitFiles, createCertificates, runGit } from '@gitsource/local-git';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, createApiServer } from '../test/api-servers/index.ts';
import type { ApiConnection } from './archives.ts';
import { archive as bitbucketCloud } from './bitbucket-cloud/archive.ts';
import { createAppJwt } from './github/app-jwt.ts';
import { archive as github } from './github/archive.ts';

const repositoryPath = 'acme/shop';
const ref = 'refs/heads/main';
const pems = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
const { privateKey, publicKey } = pems();
const certificates = await createCertificates();
const HOUR_MS = 3_600_000;

let folder: string;
let commit: string;
let server: ApiServer;
let nowMs: number;
/** Issued tokens are kept for the whole process, so that each test needs credentials of its own. */
let unique = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gitsource-archive-'));
  await runGit(folder, ['init', '-q', '--bare']);
  commit = await commitFiles(folder, 'main', { message: 'one', files: { a: 'b' } });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  nowMs = Date.parse('2026-03-04T05:06:07Z');
  unique++;
});
afterEach(() => server.close());

const now = () => nowMs;
const asked = (pattern: RegExp) => server.requests.filter(({ method, url }) => pattern.test(`${method} ${url}`));
const without = (change: Partial<ApiConnection>): ApiConnection => {
  const { password: _, ...connection } = server.connection;
  return { ...connection, ...change };
};

describe('an app of GitHub', () => {
  const TOKENS = /^POST .*\/access_tokens$/;

  beforeEach(async () => {
    const app = { appId: `${unique}`, installationId: 77, publicKey, repositoryPath };
    server = await createApiServer({
      provider: 'github',
      repositories: { [repositoryPath]: folder },
      certificates,
      app,
      now,
    });
  });

  const query = (app: object = {}) => ({
    connection: without({ githubApp: { appId: `${unique}`, privateKey, ...app } }),
    repositoryPath,
    ref,
    now,
  });

  it('gets one token for many requests, for this repository and to read it only', async () => {
    await expect(Promise.all([github.resolveRef(query()), github.resolveRef(query())])).resolves.toEqual([
      commit,
      commit,
    ]);

    expect(asked(TOKENS)).toHaveLength(1);
    expect(asked(/\/installation$/)).toHaveLength(1);
  });

  it('does not look for an installation that the connection names', async () => {
    expect(await github.resolveRef(query({ installationId: '77' }))).toBe(commit);

    expect(asked(/\/installation$/)).toEqual([]);
  });

  it('gets a new one shortly before it expires, and after it was revoked', async () => {
    await github.resolveRef(query());
    nowMs += HOUR_MS - 150_000;
    await github.resolveRef(query());
    expect(asked(TOKENS)).toHaveLength(1);
    nowMs += 40_000;
    await github.resolveRef(query());
    expect(asked(TOKENS)).toHaveLength(2);

    server.revokeTokens();
    expect(await github.resolveRef(query())).toBe(commit);
    expect(asked(TOKENS)).toHaveLength(3);
  });

  it('lets one who gives up go at once', async () => {
    server.fail({ kind: 'silent', url: /access_tokens/ });
    const giving = new AbortController();
    const given = github.resolveRef({ ...query(), signal: giving.signal });
    setTimeout(() => giving.abort(new Error('enough')), 100);

    await expect(given).rejects.toThrow('enough');
  });

  it('renews a token once only', async () => {
    server.fail({ kind: 'status', status: 401, url: /\/git\/ref\//, times: 9 });

    await expect(github.resolveRef(query())).rejects.toMatchObject({ code: 'providers/unauthorized' });
    expect(asked(TOKENS)).toHaveLength(2);
    expect(asked(/\/git\/ref\//)).toHaveLength(2);
  });

  it.each([
    ['of another app', { privateKey: pems().privateKey }],
    ['with an ID that is not its own', { appId: '1', installationId: '77' }],
    ['with another installation', { installationId: '78' }],
  ])('is refused %s, in words that hold no key', async (_, app) => {
    const failing = github.resolveRef(query(app));

    await expect(failing).rejects.toMatchObject({ code: 'providers/unauthorized', retryable: false });
    await expect(failing).rejects.toThrow('the app installed on this repository');
    await expect(failing).rejects.not.toThrow('PRIVATE KEY');
  });

  it('is refused where it is not installed', async () => {
    const failing = github.resolveRef({ ...query(), repositoryPath: 'acme/other' });

    await expect(failing).rejects.toMatchObject({ code: 'providers/unauthorized' });
  });

  it('needs an RSA key', async () => {
    const other = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const wrong of [other, '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n']) {
      const failing = github.resolveRef(query({ privateKey: wrong, appId: `wrong-${wrong.length}` }));
      await expect(failing).rejects.toMatchObject({ code: 'providers/app-key-invalid', fault: 'configuration' });
      await expect(failing).rejects.not.toThrow('hunter2');
    }
  });

  it('proves itself from a minute ago for less than ten', () => {
    const [, payload = ''] = createAppJwt({ appId: 'Iv1.x', privateKey }, nowMs).split('.');

    const seconds = nowMs / 1000;
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({
      iat: seconds - 60,
      exp: seconds + 480,
      iss: 'Iv1.x',
    });
  });
});

describe('Bitbucket Cloud', () => {
  const TOKENS = /^POST \/site\/oauth2\/access_token$/;
  const oauth = () => ({ key: `key-${unique}`, secret: 'hunter2-secret' });

  beforeEach(async () => {
    const repositories = { [repositoryPath]: folder };
    server = await createApiServer({
      provider: 'bitbucket-cloud',
      repositories,
      certificates,
      oauth: oauth(),
      now,
    });
  });

  const query = (change: Partial<ApiConnection>) => ({ connection: without(change), repositoryPath, ref, now });

  it('exchanges the key and secret of a consumer for a token, and renews it', async () => {
    for (const _ of [1, 2]) expect(await bitbucketCloud.resolveRef(query({ oauth: oauth() }))).toBe(commit);
    expect(asked(TOKENS)).toHaveLength(1);

    server.revokeTokens();
    expect(await bitbucketCloud.resolveRef(query({ oauth: oauth() }))).toBe(commit);
    nowMs += 2 * HOUR_MS;
    expect(await bitbucketCloud.resolveRef(query({ oauth: oauth() }))).toBe(commit);
    expect(asked(TOKENS)).toHaveLength(3);
  });

  it('says that a consumer is wrong, without its secret', async () => {
    const failing = bitbucketCloud.resolveRef(query({ oauth: { key: `wrong-${unique}`, secret: 'hunter2' } }));

    await expect(failing).rejects.toMatchObject({ code: 'providers/unauthorized' });
    await expect(failing).rejects.not.toThrow('hunter2');
  });

  it('takes an access token alone or with the user name for Git, and an API token with an address', async () => {
    const password = server.connection.password ?? '';
    for (const username of [undefined, 'x-token-auth', 'ada@example.com']) {
      expect(await bitbucketCloud.resolveRef(query({ password, ...(username !== undefined && { username }) }))).toBe(
        commit,
      );
    }
    await expect(bitbucketCloud.resolveRef(query({ password, username: 'ada' }))).rejects.toThrow('e-mail address');
  });
});
