import { parseCommitSha } from '@gitsource/events';
import { afterEach, describe, expect, it } from 'vitest';
import { type StatusStandIn, startStatusStandIn } from '../test/status-stand-in.ts';
import { status as azureDevops } from './azure-devops/status.ts';
import { status as bitbucketCloud } from './bitbucket-cloud/status.ts';
import { status as bitbucketServer } from './bitbucket-server/status.ts';
import { status as gitea } from './gitea/status.ts';
import { status as github } from './github/status.ts';
import { status as gitlab } from './gitlab/status.ts';

let standIn: StatusStandIn;
afterEach(() => standIn.close());

describe('GitHub', () => {
  it('says when a commit takes no more of a context, and of that one only', async () => {
    standIn = await startStatusStandIn({ provider: 'github', statusLimit: 2 });
    const publish = (context: string) => github.publish(standIn.request({ context }));

    expect([await publish('a'), await publish('a'), await publish('a'), await publish('b')]).toEqual([
      'published',
      'published',
      'full',
      'published',
    ]);
  });

  it.each([
    ['a secondary limit without a header', 'You have exceeded a secondary rate limit.', {}, 60_000],
    ['a secondary limit with one', 'You have exceeded a secondary rate limit.', { 'retry-after': '90' }, 90_000],
    [
      'the primary limit',
      'API rate limit exceeded',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1772600900' },
      900_000,
    ],
  ])('waits for %s, and takes it for no refusal', async (_, message, headers, retryAfterMs) => {
    standIn = await startStatusStandIn({ provider: 'github' });
    standIn.server.fail({ kind: 'status', status: 403, headers, message });

    const failing = github.publish(standIn.request({ now: () => 1_772_600_000_000 }));

    await expect(failing).rejects.toMatchObject({ code: 'providers/rate-limited', retryable: true, retryAfterMs });
  });
});

describe('GitLab', () => {
  const publishAll = async (...states: readonly ('pending' | 'running' | 'success')[]) => {
    const outcomes: string[] = [];
    for (const state of states) outcomes.push(await gitlab.publish(standIn.request({ state })));
    return outcomes;
  };

  it('takes what it cannot go to for done, and begins again after an end', async () => {
    standIn = await startStatusStandIn({ provider: 'gitlab' });

    expect(await publishAll('pending', 'pending', 'running', 'running', 'pending')).toEqual([
      'published',
      'unchanged',
      'published',
      'unchanged',
      'unchanged',
    ]);
    expect(standIn.shown()).toMatchObject([{ state: 'running' }]);
    expect(await publishAll('success', 'running', 'success')).toEqual(['published', 'published', 'published']);
  });

  it.each([
    ['refs/heads/feature/x', 'feature/x'],
    ['refs/tags/v1', 'v1'],
    ['refs/merge-requests/7/head', 'main'],
    [undefined, 'main'],
  ])('names for %s the pipeline of %s', async (ref, name) => {
    standIn = await startStatusStandIn({ provider: 'gitlab' });

    await gitlab.publish(standIn.request({ ref }));

    expect(standIn.shown()).toMatchObject([{ other: { ref: name } }]);
  });

  it('may be asked again where two were sent for one commit at once', async () => {
    standIn = await startStatusStandIn({ provider: 'gitlab' });
    standIn.server.fail({ kind: 'status', status: 409 });

    await expect(gitlab.publish(standIn.request())).rejects.toMatchObject({
      code: 'providers/unavailable',
      retryable: true,
    });
  });

  it('says of a commit that is on no branch any more that it is not there', async () => {
    standIn = await startStatusStandIn({ provider: 'gitlab' });
    standIn.server.fail({ kind: 'status', status: 404, message: '404 References for commit Not Found' });

    await expect(gitlab.publish(standIn.request())).rejects.toMatchObject({ code: 'providers/commit-missing' });
  });

  it('does not take another refusal for done', async () => {
    standIn = await startStatusStandIn({ provider: 'gitlab' });
    standIn.server.fail({ kind: 'status', status: 400 });

    await expect(gitlab.publish(standIn.request())).rejects.toMatchObject({ code: 'providers/answer-unexpected' });
  });
});

describe('Bitbucket Cloud', () => {
  it('keeps a short key, and makes the same of the same long one', async () => {
    standIn = await startStatusStandIn({ provider: 'bitbucket-cloud' });
    const long = 'codepipeline/a-pipeline-with-quite-a-long-name';

    for (const context of ['codepipeline/app', long, long, `${long}-2`]) {
      await bitbucketCloud.publish(standIn.request({ context }));
    }

    const [first, second, third] = standIn.shown();
    expect(standIn.shown()).toHaveLength(3);
    expect(first).toMatchObject({ context: 'codepipeline/app', other: { name: 'codepipeline/app' } });
    expect(second).toMatchObject({ context: 'codepipeline/a-pipeline-31a6ea5fa55b3147', other: { name: long } });
    expect(third?.context).toMatch(/^codepipeline\/a-pipeline-[0-9a-f]{16}$/);
  });

  it('links to the commit where there is nothing else to link to', async () => {
    standIn = await startStatusStandIn({ provider: 'bitbucket-cloud' });

    await bitbucketCloud.publish(standIn.request({ targetUrl: undefined }));

    const { host } = standIn.server.connection;
    expect(standIn.shown()).toMatchObject([{ targetUrl: `https://${host}/acme/shop/commits/${standIn.sha}` }]);
  });
});

describe('Bitbucket Data Center', () => {
  it('tells the ref and what merge checks ask for', async () => {
    standIn = await startStatusStandIn({ provider: 'bitbucket-server' }, 'WEB/shop');

    await bitbucketServer.publish(standIn.request({ ref: 'refs/heads/main', targetUrl: undefined }));

    const { host } = standIn.server.connection;
    expect(standIn.shown()).toMatchObject([
      {
        context: 'codepipeline/app',
        targetUrl: `https://${host}/projects/WEB/repos/shop/commits/${standIn.sha}`,
        other: { parent: 'codepipeline/app', ref: 'refs/heads/main' },
      },
    ]);
  });

  it('shows what was cancelled as failed before version 8.0', async () => {
    standIn = await startStatusStandIn({ provider: 'bitbucket-server', lacks: ['cancelled'] }, 'WEB/shop');

    expect(await bitbucketServer.publish(standIn.request({ state: 'cancelled' }))).toBe('published');

    expect(standIn.shown()).toMatchObject([{ state: 'FAILED' }]);
  });

  it('goes to the older API before version 7.4, for a commit and a repository that are there', async () => {
    const lacks = ['builds', 'cancelled'] as const;
    standIn = await startStatusStandIn({ provider: 'bitbucket-server', lacks }, 'WEB/shop');
    const { sha } = standIn;

    for (const state of ['pending', 'cancelled'] as const) {
      expect(await bitbucketServer.publish(standIn.request({ state }))).toBe('published');
    }
    expect(standIn.server.shownStatuses('', sha)).toMatchObject([{ state: 'FAILED', context: 'codepipeline/app' }]);
    const gone = parseCommitSha('1'.repeat(40));
    await expect(bitbucketServer.publish(standIn.request({ sha: gone }))).rejects.toMatchObject({
      code: 'providers/commit-missing',
    });
    await expect(bitbucketServer.publish(standIn.request({ repositoryPath: 'WEB/other' }))).rejects.toMatchObject({
      code: 'providers/repository-missing',
    });
    expect(standIn.asked(/build-status/)).toHaveLength(3);
  });

  it('says of a refusal that it is one', async () => {
    standIn = await startStatusStandIn({ provider: 'bitbucket-server' }, 'WEB/shop');
    standIn.server.fail({ kind: 'status', status: 400, times: 2 });

    const failing = bitbucketServer.publish(standIn.request({ state: 'cancelled' }));

    await expect(failing).rejects.toMatchObject({ code: 'providers/answer-unexpected' });
  });
});

describe('Gitea', () => {
  it('tells a broken server from a missing commit', async () => {
    standIn = await startStatusStandIn({ provider: 'gitea' });
    standIn.server.fail({ kind: 'status', status: 500, times: 3, headers: { 'retry-after': '0' } });

    await expect(gitea.publish(standIn.request())).rejects.toMatchObject({ code: 'providers/unavailable' });
  });
});

describe('Azure DevOps', () => {
  it.each([
    ['codepipeline/app', 'codepipeline/app'],
    ['codepipeline/app/Build', 'codepipeline/app/Build'],
    ['app', '/app'],
  ])('shows %s as %s, of genre and name', async (context, expected) => {
    standIn = await startStatusStandIn({ provider: 'azure-devops' }, 'acme/Web Team/_git/shop');

    await azureDevops.publish(standIn.request({ context }));

    expect(standIn.shown()).toMatchObject([{ context: expected }]);
  });
});
