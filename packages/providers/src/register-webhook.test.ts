import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HooksApi, type HooksDialect, type KeptHook, startHooksApi, TOKEN } from '../test/hooks-api.ts';
import { registration as github } from './github/register-webhook.ts';
import { registration as gitlab } from './gitlab/register-webhook.ts';
import type { RegistrationRequest } from './registration.ts';

const WEBHOOK_URL = 'https://abc.execute-api.eu-central-1.amazonaws.com/webhooks/my-git';
const SECRET = 'the webhook secret';

const GITHUB: HooksDialect = {
  path: /^\/api\/v3\/repos\/acme\/shop\/hooks(?:\/(\d+))?$/,
  isAuthorized: (headers, token) => headers.authorization === `Bearer ${token}`,
  updateMethod: 'PATCH',
  show: ({ config, ...hook }) => ({ ...hook, config: { ...(config as object), secret: '********' } }),
};

/** A server that knows signing tokens; `isOld` is one that does not. */
const gitlabDialect = (isOld: boolean): HooksDialect => ({
  path: /^\/api\/v4\/projects\/acme%2Fweb%2Fshop\/hooks(?:\/(\d+))?$/,
  isAuthorized: (headers, token) => headers['private-token'] === token,
  updateMethod: 'PUT',
  show: ({ token, signing_token: signingToken, ...hook }: KeptHook) => ({
    ...hook,
    ...(!isOld && { token_present: token !== undefined, signing_token_present: signingToken !== undefined }),
  }),
});

let api: HooksApi;

afterEach(() => api.close());

describe('github register', () => {
  const request = (change: Partial<RegistrationRequest> = {}): RegistrationRequest => ({
    connection: { host: 'git.example.com', apiUrl: `${api.url}/api/v3`, password: TOKEN },
    repositoryPath: 'acme/shop',
    webhookUrl: WEBHOOK_URL,
    secrets: [SECRET, 'another that is valid'],
    ...change,
  });
  const other = (id: number, url = `https://other.example.com/${id}`) => ({
    id,
    name: 'web',
    active: true,
    events: ['push'],
    config: { url, content_type: 'form', insecure_ssl: '1' },
  });

  beforeEach(async () => {
    api = await startHooksApi(GITHUB);
  });

  it('creates one webhook, and finds it again', async () => {
    const outcomes = [await github.register(request()), await github.register(request())];

    expect(outcomes).toEqual([
      { kind: 'created', id: 1000, duplicateIds: [] },
      { kind: 'unchanged', id: 1000, duplicateIds: [] },
    ]);
    expect(api.hooks).toEqual([
      {
        id: 1000,
        name: 'web',
        active: true,
        events: ['push', 'pull_request'],
        config: { url: WEBHOOK_URL, content_type: 'json', insecure_ssl: '0', secret: SECRET },
      },
    ]);
  });

  it('brings an existing one up to date on whichever page it is, its other events and all other webhooks kept', async () => {
    for (let id = 1; id <= 250; id++) api.hooks.push(other(id));
    api.hooks[230] = { ...other(231, WEBHOOK_URL), active: false, events: ['release'] };

    const outcome = await github.register(request());

    expect(outcome).toEqual({ kind: 'updated', id: 231, duplicateIds: [] });
    expect(api.hooks).toHaveLength(250);
    expect(api.hooks[230]).toMatchObject({
      active: true,
      events: ['release', 'push', 'pull_request'],
      config: { content_type: 'json', insecure_ssl: '0', secret: SECRET },
    });
    expect(api.hooks[0]).toEqual(other(1));
  });

  it('sets the new secret after a rotation', async () => {
    await github.register(request());

    await github.register(request({ secrets: ['rotated'] }));

    expect(api.hooks).toMatchObject([{ config: { secret: 'rotated' } }]);
  });

  it('updates the first of several with the same URL and names the others', async () => {
    api.hooks.push(other(7, WEBHOOK_URL), other(8, WEBHOOK_URL), other(9));

    expect(await github.register(request())).toEqual({ kind: 'updated', id: 7, duplicateIds: [8] });
    expect(api.hooks[1]).toEqual(other(8, WEBHOOK_URL));
  });

  it('takes the one with a slash at its end for the same, and the slash away', async () => {
    await github.register(request());
    Object.assign(api.hooks[0]?.config as object, { url: `${WEBHOOK_URL}/` });

    expect(await github.register(request())).toEqual({ kind: 'updated', id: 1000, duplicateIds: [] });
    expect(api.hooks).toMatchObject([{ config: { url: WEBHOOK_URL } }]);
  });

  it('says what a wrong token needs, and does not show it', async () => {
    const outcome = await github.register(request({ connection: { apiUrl: `${api.url}/api/v3`, password: 'wrong' } }));

    expect(outcome).toMatchObject({ kind: 'unauthorized', needed: expect.stringContaining('admin:repo_hook') });
    expect(JSON.stringify(outcome)).not.toContain('wrong');
  });

  it.each(['acme/unknown', 'acme', 'acme/web/shop', '../shop', 'acme/..'])('finds no repository %s', async (path) => {
    expect(await github.register(request({ repositoryPath: path }))).toMatchObject({ kind: 'repository-not-found' });
    expect(api.hooks).toEqual([]);
  });

  it('tells the refusals of the server apart', async () => {
    api.faults.push({ status: 403 });
    expect(await github.register(request())).toMatchObject({ kind: 'unauthorized' });
    const errors = [{ resource: 'Hook', message: 'The "push" event cannot have more than 20 hooks' }];
    api.hooks.push(other(1, WEBHOOK_URL));
    api.faults.push({ status: 422, body: { message: 'Validation Failed', errors } });

    expect(await github.register(request())).toMatchObject({
      kind: 'refused',
      status: 422,
      reason: expect.stringContaining('more than 20 hooks'),
    });
  });

  it('tries reads again after 429 and 500, and no write', async () => {
    const wait = { headers: { 'retry-after': '0' } };
    api.faults.push({ status: 429, ...wait }, { status: 500, ...wait });
    expect(await github.register(request())).toMatchObject({ kind: 'created' });
    api.hooks.length = 0;
    api.requests.length = 0;
    const answered = github.register(request());
    api.faults.push({ status: 200, body: [] }, { status: 502, ...wait });

    expect(await answered).toMatchObject({ kind: 'refused', status: 502 });
    expect(api.requests.map((line) => line.split(' ')[0])).toEqual(['GET', 'POST']);
  });

  it('follows no redirect with its token, and says so where nobody answers', async () => {
    api.faults.push({ status: 307, headers: { location: 'https://elsewhere.example.com/' } });
    await expect(github.register(request())).rejects.toMatchObject({ code: 'runtime/api-redirected' });
    api.close();

    await expect(github.register(request())).rejects.toMatchObject({ code: 'runtime/api-unreachable' });
  });
});

describe('gitlab register', () => {
  const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const request = (change: Partial<RegistrationRequest> = {}): RegistrationRequest => ({
    connection: { host: 'gitlab.example.com', apiUrl: `${api.url}/api/v4/`, password: TOKEN },
    repositoryPath: 'acme/web/shop',
    webhookUrl: WEBHOOK_URL,
    secrets: [SECRET],
    ...change,
  });
  const wanted = {
    url: WEBHOOK_URL,
    push_events: true,
    tag_push_events: true,
    merge_requests_events: true,
    enable_ssl_verification: true,
  };
  const other = (id: number, url = `https://other.example.com/${id}`) => ({ id, url, push_events: true });

  beforeEach(async () => {
    api = await startHooksApi(gitlabDialect(false));
  });

  it('creates one webhook, and finds it again', async () => {
    const outcomes = [await gitlab.register(request()), await gitlab.register(request())];

    expect(outcomes).toEqual([
      { kind: 'created', id: 1000, duplicateIds: [] },
      { kind: 'unchanged', id: 1000, duplicateIds: [] },
    ]);
    expect(api.hooks).toEqual([{ id: 1000, ...wanted, token: SECRET }]);
  });

  it('brings an existing one up to date on whichever page it is, its other settings and all other webhooks kept', async () => {
    for (let id = 1; id <= 250; id++) api.hooks.push(other(id));
    api.hooks[230] = { ...other(231, WEBHOOK_URL), push_events_branch_filter: 'main', enable_ssl_verification: false };

    const outcome = await gitlab.register(request());

    expect(outcome).toEqual({ kind: 'updated', id: 231, duplicateIds: [] });
    expect(api.hooks).toHaveLength(250);
    expect(api.hooks[230]).toEqual({ id: 231, ...wanted, token: SECRET, push_events_branch_filter: 'main' });
    expect(api.hooks[0]).toEqual(other(1));
  });

  it('gives a signing token as such, also where it is not the first secret, as the receiver demands it then', async () => {
    expect(await gitlab.register(request({ secrets: [SECRET, SIGNING] }))).toMatchObject({ kind: 'created' });
    expect(api.hooks).toEqual([{ id: 1000, ...wanted, signing_token: SIGNING }]);
  });

  it('says where a server is too old for signing tokens', async () => {
    api.close();
    api = await startHooksApi(gitlabDialect(true));

    expect(await gitlab.register(request({ secrets: [SIGNING] }))).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('did not take the signing token'),
    });
  });

  it('updates the first of several with the same URL and names the others', async () => {
    api.hooks.push(other(7, WEBHOOK_URL), other(8, WEBHOOK_URL), other(9));

    expect(await gitlab.register(request())).toEqual({ kind: 'updated', id: 7, duplicateIds: [8] });
    expect(api.hooks[1]).toEqual(other(8, WEBHOOK_URL));
  });

  it('tells the refusals of the server apart', async () => {
    const wrong = { connection: { apiUrl: api.url, password: 'wrong' } };
    expect(await gitlab.register(request(wrong))).toMatchObject({
      kind: 'unauthorized',
      needed: expect.stringContaining('the scope api'),
    });
    for (const repositoryPath of ['acme/unknown', '..', 'acme/../..', 'acme/%2e%2e', '']) {
      expect(await gitlab.register(request({ repositoryPath }))).toMatchObject({ kind: 'repository-not-found' });
    }
    expect(api.requests.every((line) => line.includes('/projects/acme%2F'))).toBe(true);
    api.faults.push({ status: 403 });
    expect(await gitlab.register(request())).toMatchObject({ kind: 'unauthorized' });
    api.faults.push({ status: 422, body: { message: { url: ['is blocked: local network'] } } });

    expect(await gitlab.register(request())).toEqual({
      kind: 'refused',
      status: 422,
      reason: '{"url":["is blocked: local network"]}',
    });
  });

  it('tries reads again after 429 and 500', async () => {
    const wait = { headers: { 'retry-after': '0' } };
    api.faults.push({ status: 429, ...wait }, { status: 500, ...wait });

    expect(await gitlab.register(request())).toMatchObject({ kind: 'created' });
    expect(api.hooks).toHaveLength(1);
  });

  it('follows no redirect with its token, and says so where nobody answers', async () => {
    api.faults.push({ status: 302, headers: { location: 'https://elsewhere.example.com/' } });
    await expect(gitlab.register(request())).rejects.toMatchObject({ code: 'runtime/api-redirected' });
    api.close();

    await expect(gitlab.register(request())).rejects.toMatchObject({ code: 'runtime/api-unreachable' });
  });
});
