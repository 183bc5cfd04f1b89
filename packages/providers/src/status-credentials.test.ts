import { generateKeyPairSync } from 'node:crypto';
import { parseCommitSha } from '@gitsource/events';
import { afterEach, describe, expect, it } from 'vitest';
import { type StatusStandIn, startStatusStandIn } from '../test/status-stand-in.ts';
import { status as bitbucketCloud } from './bitbucket-cloud/status.ts';
import { archive as githubArchive } from './github/archive.ts';
import { status as github } from './github/status.ts';
import type { ApiConnection, StatusRequest } from './statuses.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
/** Issued tokens are kept for the whole process, so that each test needs credentials of its own. */
let unique = 0;

let standIn: StatusStandIn;
afterEach(() => standIn.close());

function withoutPassword(change: Partial<ApiConnection>): ApiConnection {
  const { password: _, ...connection } = standIn.server.connection;
  return { ...connection, ...change };
}

describe('an app of GitHub', () => {
  const TOKENS = /^POST .*\/access_tokens$/;

  async function start(permissions?: Readonly<Record<string, string>>) {
    const appId = `status-${++unique}`;
    const app = {
      appId,
      installationId: 77,
      publicKey,
      repositoryPath: 'acme/shop',
      ...(permissions && { permissions }),
    };
    standIn = await startStatusStandIn({ provider: 'github', app });
    return (change: Partial<StatusRequest> = {}, checks = true) =>
      standIn.request({ connection: withoutPassword({ githubApp: { appId, privateKey, checks } }), ...change });
  }

  it('gets a token that may write statuses, and no more', async () => {
    const request = await start({ statuses: 'write' });

    for (const state of ['running', 'success'] as const) {
      expect(await github.publish(request({ state }, false))).toBe('published');
    }

    expect(standIn.shown()).toMatchObject([{ state: 'success' }]);
    expect(standIn.asked(TOKENS)).toHaveLength(1);
  });

  it('gets one of its own for each purpose', async () => {
    const request = await start();

    expect(await github.publish(request({}, false))).toBe('published');
    const { connection, repositoryPath } = request();
    const ref = 'refs/heads/main';
    expect(await githubArchive.resolveRef({ connection, repositoryPath, ref })).toBe(standIn.sha);

    expect(standIn.asked(TOKENS)).toHaveLength(2);
  });

  it.each([
    [false, 'Commit statuses (read and write)'],
    [true, 'Checks (read and write)'],
  ])('is told which permission it lacks (checks: %s)', async (checks, permission) => {
    const request = await start({ contents: 'read' });

    const failing = github.publish(request({}, checks));

    await expect(failing).rejects.toMatchObject({ code: 'providers/unauthorized', retryable: false });
    await expect(failing).rejects.toThrow(permission);
    await expect(failing).rejects.not.toThrow('PRIVATE KEY');
  });

  it('renews a token that was revoked', async () => {
    const request = await start();
    await github.publish(request());
    standIn.server.revokeTokens();

    expect(await github.publish(request({ state: 'success' }))).toBe('published');
    expect(standIn.asked(TOKENS)).toHaveLength(2);
  });
});

describe('check runs', () => {
  const start = async () => {
    const appId = `checks-${++unique}`;
    standIn = await startStatusStandIn({
      provider: 'github',
      app: { appId, installationId: 77, publicKey, repositoryPath: 'acme/shop' },
    });
    return (change: Partial<StatusRequest> = {}) =>
      standIn.request({ connection: withoutPassword({ githubApp: { appId, privateKey, checks: true } }), ...change });
  };

  it('are shown from the queue to the end as one', async () => {
    const request = await start();
    expect(github.showsRunning(request().connection)).toBe(true);

    for (const state of ['pending', 'running', 'success'] as const) {
      expect(await github.publish(request({ state, description: `It is ${state}.` }))).toBe('published');
    }

    expect(standIn.server.takenStatuses.map(({ context, state }) => `${context} ${state}`)).toEqual([
      'codepipeline/app#1 queued',
      'codepipeline/app#1 in_progress',
      'codepipeline/app#1 success',
    ]);
    expect(standIn.shown()).toMatchObject([
      {
        description: 'It is success.',
        targetUrl: 'https://console.example.com/app',
        other: { summary: 'It is success.' },
      },
    ]);
  });

  it.each(['failure', 'cancelled'] as const)('end with %s', async (state) => {
    const request = await start();

    await github.publish(request({ state }));

    expect(standIn.shown()).toMatchObject([{ state, other: { status: 'completed' } }]);
  });

  it('are left alone where they say it already', async () => {
    const request = await start();
    await github.publish(request());

    expect(await github.publish(request())).toBe('unchanged');
    expect(standIn.server.takenStatuses).toHaveLength(1);
    expect(await github.publish(request({ description: 'Deploy is running.' }))).toBe('published');
    expect(standIn.shown()).toMatchObject([{ context: 'codepipeline/app#1', description: 'Deploy is running.' }]);
  });

  it('begin anew after an end, and a corrected end is no new one', async () => {
    const request = await start();
    for (const state of ['failure', 'running', 'failure', 'success'] as const) await github.publish(request({ state }));

    expect(standIn.shown()).toMatchObject([
      { context: 'codepipeline/app#1', state: 'failure' },
      { context: 'codepipeline/app#2', state: 'success' },
    ]);
  });

  it('of others with the same name are none of ours', async () => {
    const request = await start();
    standIn.server.keepStatus({
      repositoryPath: 'acme/shop',
      sha: standIn.sha,
      context: 'codepipeline/app#1',
      state: 'in_progress',
      description: 'of another app',
      other: { external_id: 'theirs', status: 'in_progress' },
    });

    for (const state of ['running', 'success'] as const) await github.publish(request({ state }));

    expect(standIn.shown().map(({ state }) => state)).toEqual(['in_progress', 'success']);
  });

  it('need a commit that is there', async () => {
    const request = await start();

    await expect(github.publish(request({ sha: parseCommitSha('1'.repeat(40)) }))).rejects.toMatchObject({
      code: 'providers/commit-missing',
    });
  });

  it('are not made twice where an answer is lost', async () => {
    const request = await start();
    standIn.server.fail({ kind: 'lost', url: /\/check-runs$/ });

    await expect(github.publish(request())).rejects.toMatchObject({ code: 'runtime/api-unreachable', retryable: true });
    expect(await github.publish(request())).toBe('unchanged');
    expect(standIn.shown()).toHaveLength(1);
  });
});

describe('a consumer of Bitbucket Cloud', () => {
  const TOKENS = /^POST \/site\/oauth2\/access_token$/;

  it('exchanges its key and secret for a token, and renews it', async () => {
    const oauth = { key: `status-key-${++unique}`, secret: 'hunter2-secret' };
    standIn = await startStatusStandIn({ provider: 'bitbucket-cloud', oauth });
    const publish = () => bitbucketCloud.publish(standIn.request({ connection: withoutPassword({ oauth }) }));

    expect([await publish(), await publish()]).toEqual(['published', 'published']);
    expect(standIn.asked(TOKENS)).toHaveLength(1);
    standIn.server.revokeTokens();
    expect(await publish()).toBe('published');
    expect(standIn.asked(TOKENS)).toHaveLength(2);

    const wrong = withoutPassword({ oauth: { key: 'wrong', secret: 'hunter2-wrong' } });
    const failing = bitbucketCloud.publish(standIn.request({ connection: wrong }));
    await expect(failing).rejects.toMatchObject({ code: 'providers/unauthorized' });
    await expect(failing).rejects.not.toThrow('hunter2');
  });
});
