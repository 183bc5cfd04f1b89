import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommitSha, type CommitStatusState, parseCommitSha } from '@gitsource/events';
import { commitFiles, createCertificates, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  API_SERVER_PROVIDERS,
  type ApiServer,
  type ApiServerProvider,
  createApiServer,
} from '../test/api-servers/index.ts';
import type { ProvidersError } from './errors.ts';
import { type ApiConnection, findStatus, STATUS_NAMES, type Status, type StatusRequest } from './statuses.ts';
import { failureOf } from './test/failure-of.ts';

/** Where a repository is, what a commit shows for each state, and how long a description may be. */
const PROVIDERS: Readonly<
  Record<
    ApiServerProvider,
    {
      readonly path: string;
      readonly states: Readonly<Record<CommitStatusState, string>>;
      readonly description: number;
    }
  >
> = {
  'azure-devops': {
    path: 'acme/Web Team/_git/shop',
    states: { pending: 'pending', running: 'pending', success: 'succeeded', failure: 'failed', cancelled: 'error' },
    description: 255,
  },
  'bitbucket-cloud': {
    path: 'acme/shop',
    states: {
      pending: 'INPROGRESS',
      running: 'INPROGRESS',
      success: 'SUCCESSFUL',
      failure: 'FAILED',
      cancelled: 'STOPPED',
    },
    description: 255,
  },
  'bitbucket-server': {
    path: 'WEB/shop',
    states: {
      pending: 'INPROGRESS',
      running: 'INPROGRESS',
      success: 'SUCCESSFUL',
      failure: 'FAILED',
      cancelled: 'CANCELLED',
    },
    description: 255,
  },
  gitea: {
    path: 'acme/shop',
    states: { pending: 'pending', running: 'pending', success: 'success', failure: 'failure', cancelled: 'error' },
    description: 255,
  },
  github: {
    path: 'acme/shop',
    states: { pending: 'pending', running: 'pending', success: 'success', failure: 'failure', cancelled: 'error' },
    description: 140,
  },
  gitlab: {
    path: 'acme/web/shop',
    states: { pending: 'pending', running: 'running', success: 'success', failure: 'failed', cancelled: 'canceled' },
    description: 255,
  },
};

const certificates = await createCertificates();
let folder: string;
let sha: CommitSha;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gitsource-status-'));
  await runGit(folder, ['init', '-q', '--bare']);
  sha = parseCommitSha(await commitFiles(folder, 'main', { message: 'one', files: { a: 'b' } }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('has a status in every folder that says so, and a stand-in for each', () => {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const folders = readdirSync(here, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^[^/]+\/status\.ts$/.test(file))
    .map((file) => file.split('/')[0] ?? '');

  expect(STATUS_NAMES.toSorted()).toEqual(folders.toSorted());
  expect(API_SERVER_PROVIDERS.toSorted()).toEqual(folders.toSorted());
});

it('knows no status of others', async () => {
  expect(await findStatus('generic')).toBeUndefined();
  expect(await findStatus('__proto__')).toBeUndefined();
});

describe.each(API_SERVER_PROVIDERS)('%s', (provider) => {
  const { description: maxDescription, path: repositoryPath, states } = PROVIDERS[provider];
  let server: ApiServer;
  let status: Status;

  beforeAll(async () => {
    status = (await findStatus(provider)) as Status;
    const repositories = { [repositoryPath]: folder };
    server = await createApiServer({ provider, repositories, certificates, readOnlyToken: 'hunter2-reads' });
  });
  afterAll(() => server.close());
  beforeEach(() => server.reset());

  const request = (change: Partial<StatusRequest> = {}): StatusRequest => ({
    connection: server.connection,
    repositoryPath,
    sha,
    state: 'running',
    context: 'codepipeline/app',
    description: 'Build is running.',
    targetUrl: 'https://console.example.com/pipelines/app?region=eu-central-1',
    ...change,
  });
  const withConnection = (change: Partial<ApiConnection>) =>
    request({ connection: { ...server.connection, ...change } });
  const withoutPassword = () => {
    const { password: _, ...connection } = server.connection;
    return request({ connection });
  };
  const shown = () => server.shownStatuses(repositoryPath, sha);

  it.each(Object.entries(states) as [CommitStatusState, string][])('shows %s as %s', async (state, word) => {
    expect(await status.publish(request({ state }))).toBe('published');

    expect(shown()).toMatchObject([
      {
        state: word,
        description: 'Build is running.',
        targetUrl: 'https://console.example.com/pipelines/app?region=eu-central-1',
      },
    ]);
    expect(server.requests).toHaveLength(1);
  });

  it('says truly whether running looks different from pending', () => {
    expect(status.showsRunning(server.connection)).toBe(states.pending !== states.running);
  });

  it('replaces what stood there, of the same context only', async () => {
    for (const state of ['pending', 'running', 'failure', 'running', 'success'] as const) {
      expect(await status.publish(request({ state }))).toBe('published');
    }
    await status.publish(request({ context: 'codepipeline/app/Build', state: 'failure' }));

    expect(shown().map(({ state }) => state)).toEqual([states.success, states.failure]);
  });

  it('may be told the same again', async () => {
    for (const state of ['pending', 'pending', 'running', 'running', 'cancelled', 'cancelled'] as const) {
      expect(await status.publish(request({ state }))).toMatch(/^(?:published|unchanged)$/);
    }

    expect(shown()).toMatchObject([{ state: states.cancelled }]);
  });

  it('cuts what is too long, and no character in half', async () => {
    const context = `codepipeline/${'ü'.repeat(300)}`;
    for (const end of ['🎉🎉🎉', 'é🎉🎉🎉', '👩‍👩‍👧']) {
      const description = `${'a'.repeat(maxDescription - 3)}${end}, and more`;
      await status.publish(
        request({ state: 'success', context, description, targetUrl: `https://x/${'y'.repeat(600)}` }),
      );

      const [kept] = shown().slice(-1);
      const characters = Array.from(kept?.description ?? '');
      expect(characters.length).toBeLessThanOrEqual(maxDescription);
      expect(characters.length).toBeGreaterThan(maxDescription - 4);
      expect(kept?.description).toMatch(/^a{100,}.*…$/u);
      expect(kept?.description).not.toMatch(/\p{Cs}/u);
    }
    expect(shown()).toHaveLength(1);
    await status.publish(request({ context: `${context}!` }));
    expect(shown()).toHaveLength(2);
  });

  it('shows any script, in one line', async () => {
    await status.publish(request({ description: '  Straße\n\u0007 深い ✅ \ud83d ' }));

    expect(shown()).toMatchObject([{ description: 'Straße 深い ✅' }]);
  });

  it.each([undefined, 'javascript:alert(1)', 'not a URL', 'ftp://x/y'])('sends no link to %s', async (targetUrl) => {
    expect(await status.publish(request({ targetUrl }))).toBe('published');

    expect(shown()[0]?.targetUrl ?? server.connection.apiUrl).toContain(`https://${server.connection.host}`);
  });

  it.each(['main', '', 'refs/heads/../x', 'refs/heads/main', 'refs/pull/7/head'])(
    'may be told the ref %j',
    async (ref) => {
      expect(await status.publish(request({ ref }))).toBe('published');
    },
  );

  it('says that the commit is not there', async () => {
    const gone = parseCommitSha('1'.repeat(40));

    await expect(status.publish(request({ sha: gone }))).rejects.toMatchObject({
      code: 'providers/commit-missing',
      fault: 'revision-missing',
    });
    expect(server.takenStatuses).toEqual([]);
  });

  it('says that the repository is not there', async () => {
    const other = repositoryPath.replace(/shop$/, 'other');

    await expect(status.publish(request({ repositoryPath: other }))).rejects.toMatchObject({
      code: 'providers/repository-missing',
      fault: 'permission',
    });
  });

  it.each(['', 'shop', '../../x', 'acme/../x', 'acme//x'])('asks nobody about the repository %j', async (path) => {
    const failing = status.publish(request({ repositoryPath: path }));

    await expect(failing).rejects.toMatchObject({ code: 'providers/repository-path-invalid' });
    expect(server.requests).toEqual([]);
  });

  it('asks nobody about what is no commit SHA', async () => {
    const failing = status.publish(request({ sha: 'main/../..' as CommitSha }));

    await expect(failing).rejects.toMatchObject({ code: 'events/commit-sha-invalid' });
    expect(server.requests).toEqual([]);
  });

  it.each(['hunter2-wrong', 'hunter2-reads'])('names the right that the token %s lacks', async (password) => {
    const error = await failureOf(status.publish(withConnection({ password })));

    expect(error).toMatchObject({ code: 'providers/unauthorized', fault: 'permission', retryable: false });
    expect(error.message).toContain('Needed: a');
    expect(error.message).not.toContain('hunter2');
    expect(server.takenStatuses).toEqual([]);
  });

  it('says that it has no credentials, where everybody may read, too', async () => {
    const error = await failureOf(status.publish(withoutPassword()));
    expect(error.code).toMatch(/^providers\/(?:unauthorized|repository-missing)$/);

    const repositories = { [repositoryPath]: folder };
    const open = await createApiServer({ provider, repositories, certificates, token: null });
    try {
      const failing = status.publish(request({ connection: open.connection }));
      await expect(failing).rejects.toMatchObject({ code: 'providers/unauthorized' });
      await expect(failing).rejects.toThrow('does not let anybody show statuses on');
    } finally {
      await open.close();
    }
  });

  it('waits as long as a limit asks, and hands a long wait to the caller', async () => {
    server.fail({ kind: 'status', status: 429, headers: { 'retry-after': '0' } });
    expect(await status.publish(request())).toBe('published');

    server.fail({ kind: 'status', status: 429, headers: { 'retry-after': '120' } });
    const error = await failureOf(status.publish(request({ state: 'success' })));
    expect(error).toMatchObject({ code: 'providers/rate-limited', retryable: true, retryAfterMs: 120_000 });
    expect(error.message).not.toMatch(/the-body-of-the-server|fetching by git/);
  });

  it('tries again when the server fails, and then says so', async () => {
    server.fail({ kind: 'status', status: 503, headers: { 'retry-after': '0' } });
    expect(await status.publish(request())).toBe('published');

    for (const failed of [500, 503]) {
      server.fail({ kind: 'status', status: failed, times: 3, headers: { 'retry-after': '0' } });
      const error = await failureOf(status.publish(request({ state: 'success' })));
      expect(error).toMatchObject({ code: 'providers/unavailable', retryable: true });
      expect(error.message).not.toContain('the-body-of-the-server');
    }
    expect(server.takenStatuses).toHaveLength(1);
  });

  it('shows one status where its answer was lost', async () => {
    server.fail({ kind: 'lost' });

    expect(await status.publish(request())).toMatch(/^(?:published|unchanged)$/);
    expect(shown()).toHaveLength(1);
  });

  it('says that there is no server, or none that answers, without credentials', async () => {
    const gone = withConnection({ apiUrl: 'https://127.0.0.1:1' });
    const error = await failureOf(status.publish(gone));
    expect(error).toMatchObject({ code: 'runtime/api-unreachable', retryable: true });
    expect(error.message).not.toContain('token-of-the-connection');

    server.fail({ kind: 'silent' });
    const controller = new AbortController();
    const given = status.publish(request({ signal: controller.signal }));
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await expect(given).rejects.toThrow('enough');
  });

  it('goes nowhere but to the API: by no redirect, and not where a request points', async () => {
    const elsewhere = `${server.storageUrl}/elsewhere`;
    for (const redirect of [301, 302, 303, 307, 308]) {
      server.fail({ kind: 'redirect', status: redirect, location: elsewhere });
      const error = await failureOf(status.publish(request({ targetUrl: elsewhere })));
      expect(error).toMatchObject({ code: 'runtime/api-redirected' });
      expect(error.message).not.toContain('token-of-the-connection');
    }
    expect(server.requests.filter(({ at }) => at === 'storage')).toEqual([]);
    expect(server.takenStatuses).toEqual([]);
  });

  it('follows a renamed repository on the same server', async () => {
    await status.publish(request());
    const [first] = server.requests;
    server.reset();
    server.fail({ kind: 'redirect', status: 307, location: new URL(first?.url ?? '', server.connection.apiUrl).href });

    const renamed = request({ repositoryPath: repositoryPath.replace(/shop$/, 'old') });
    expect(await status.publish(renamed)).toBe('published');
    expect(shown()).toHaveLength(1);
  });

  it('takes no page for a success', async () => {
    server.fail({ kind: 'html' });

    const error = await failureOf(status.publish(request()));
    expect(error.code).toBe('providers/answer-unexpected');
    expect(error.message).not.toContain('the-body-of-the-server');
  });

  it('ends in a value or a coded error, whatever is answered', async () => {
    for (const answered of [
      200, 201, 202, 203, 204, 205, 300, 304, 400, 401, 402, 405, 409, 410, 413, 418, 451, 501, 599,
    ]) {
      server.fail({ kind: 'status', status: answered, times: 9, headers: { 'retry-after': '0' } });
      const outcome = await status.publish(request()).catch(({ code, message }: ProvidersError) => {
        expect(code).toMatch(/^(?:providers|runtime)\//);
        expect(message).not.toMatch(/the-body-of-the-server|token-of-the-connection/);
        return 'refused';
      });

      expect([answered, outcome]).toEqual([answered, answered < 202 || answered === 204 ? 'published' : 'refused']);
      server.reset();
    }
  });

  it('says that the server did not take it', async () => {
    server.fail({ kind: 'status', status: 422 });

    await expect(status.publish(request())).rejects.toMatchObject({
      code: 'providers/answer-unexpected',
      retryable: false,
    });
  });
});
