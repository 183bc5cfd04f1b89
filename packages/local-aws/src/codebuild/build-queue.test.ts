import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CloudEvent } from '../cloud/cloud.ts';
import { BuildQueue } from './build-queue.ts';
import { startBuild } from './start-build.ts';
import { BuildStore } from './store.ts';
import { BuildAccount, buildspec } from './test/build-account.ts';

/** So long is a minute of a timeout here. */
const MINUTE_MS = 200;

let account: BuildAccount;

beforeEach(async () => {
  account = await BuildAccount.open();
});

afterEach(async () => {
  await account.close();
});

/** A queue with short minutes on the account's own projects and builds. */
function shortQueue() {
  const store = new BuildStore(account.aws.cloud);
  const queue = new BuildQueue(store, MINUTE_MS);
  const start = (projectName: string) =>
    startBuild(store, queue, { projectName }, account.aws.cloud.identities.root).id;
  return { queue, start };
}

function stateEvents(id: string): CloudEvent[] {
  return account.events.filter(({ detailType, resources }) => {
    return detailType === 'CodeBuild Build State Change' && resources[0]?.endsWith(id) === true;
  });
}

describe('the builds of a project', { timeout: 30_000 }, () => {
  it('end when they take longer than the timeout', async () => {
    await account.project('slow', buildspec('sleep 60 & sleep 60', 'echo never'), { timeoutInMinutes: 5 });

    const build = await account.ended(shortQueue().start('slow'));

    expect(build.buildStatus).toBe('TIMED_OUT');
    expect(build.phases?.find(({ phaseType }) => phaseType === 'BUILD')).toMatchObject({
      phaseStatus: 'TIMED_OUT',
      contexts: [{ statusCode: 'BUILD_TIMED_OUT', message: 'Build has timed out after 5 minutes.' }],
    });
    expect(
      stateEvents(build.id ?? '').map(({ detail }) => (detail as Record<string, unknown>)['build-status']),
    ).toEqual(['IN_PROGRESS', 'TIMED_OUT']);
  });

  it('wait for the limit of the project, and leave the queue in order, when stopped, or when they wait too long', async () => {
    await account.project('limited', buildspec('sleep 60'), {
      concurrentBuildLimit: 1,
      queuedTimeoutInMinutes: 5,
      timeoutInMinutes: 480,
    });
    const { queue, start } = shortQueue();
    const [first, second, third] = [start('limited'), start('limited'), start('limited')];
    await vi.waitFor(async () => expect((await account.build(first)).currentPhase).toBe('BUILD'), 5000);
    expect((await account.build(second)).currentPhase).toBe('QUEUED');

    queue.stopBuild(second);
    const waited = await account.ended(third);
    const fourth = start('limited');
    queue.stopBuild(first);
    await account.ended(first);
    await vi.waitFor(async () => expect((await account.build(fourth)).currentPhase).toBe('BUILD'), 5000);
    queue.stopBuild(fourth);

    expect((await account.build(second)).buildStatus).toBe('STOPPED');
    expect(waited.buildStatus).toBe('TIMED_OUT');
    expect(waited.phases?.at(-2)).toMatchObject({ phaseType: 'QUEUED', phaseStatus: 'TIMED_OUT' });
    expect((await account.ended(fourth)).buildStatus).toBe('STOPPED');
  });

  it('that another process left become FAULT', async () => {
    await account.project('left', buildspec('echo started; sleep 60'));
    const id = await account.start('left');
    await vi.waitFor(async () => expect(await account.lines(await account.build(id))).toEqual(['started']), 5000);
    account = await BuildAccount.open(await account.close(true));

    const build = await account.build(id);

    expect(build).toMatchObject({ buildStatus: 'FAULT', buildComplete: true, currentPhase: 'COMPLETED' });
    expect(build.phases?.at(-2)).toMatchObject({
      phaseType: 'BUILD',
      phaseStatus: 'FAULT',
      contexts: [{ message: expect.stringContaining('was stopped while this build was in progress') }],
    });
  });

  it('become FAULT with their event', async () => {
    await account.project('crashed', buildspec('true'));
    const { id = '' } = await account.run('crashed');
    const store = new BuildStore(account.aws.cloud);
    const record = store.builds.get(id);
    if (record === undefined) throw new Error('no record');
    // What is on disk after a crash.
    store.save({ ...record, status: 'IN_PROGRESS', phases: record.phases.slice(0, -1) });

    await new BuildQueue(store, MINUTE_MS).start();

    expect(stateEvents(id).at(-1)).toMatchObject({
      detail: { 'build-status': 'FAULT', 'additional-information': { 'build-complete': true } },
    });
    expect(stateEvents(id)).toHaveLength(3);
  });

  it('tell EventBridge what the documented samples tell', async () => {
    await account.project('told', buildspec('true'));
    const environmentVariablesOverride = [{ name: 'GITSOURCE', value: '{"jobId":"1"}' }];

    const build = await account.run('told', { environmentVariablesOverride });

    const [, end] = stateEvents(build.id ?? '');
    expect(end).toMatchObject({
      source: 'aws.codebuild',
      resources: [build.arn],
      detail: {
        'build-status': 'SUCCEEDED',
        'project-name': 'told',
        'build-id': build.arn,
        'current-phase': 'COMPLETED',
        'current-phase-context': '[]',
        version: '1',
        'additional-information': {
          'build-complete': true,
          'build-number': 1,
          'build-start-time': expect.stringMatching(/^[A-Z][a-z]{2} \d+, \d{4} \d+:\d\d:\d\d [AP]M$/),
          environment: {
            'compute-type': 'BUILD_GENERAL1_SMALL',
            'environment-variables': [{ name: 'GITSOURCE', type: 'PLAINTEXT', value: '{"jobId":"1"}' }],
          },
          initiator: 'root',
          logs: { 'group-name': '/aws/codebuild/told', 'stream-name': build.logs?.streamName },
          'timeout-in-minutes': 60,
        },
      },
    });
  });
});

describe('StartBuild', { timeout: 30_000 }, () => {
  it('gives the same build for the same token, and refuses the token for another', async () => {
    await account.project('once', buildspec('echo ran'));
    const over = { idempotencyToken: 'job-1', environmentVariablesOverride: [{ name: 'A', value: '1' }] };

    const [first, again] = [await account.start('once', over), await account.start('once', over)];
    const mismatch = account.start('once', { ...over, environmentVariablesOverride: [{ name: 'A', value: '2' }] });

    await expect(mismatch).rejects.toMatchObject({ name: 'InvalidInputException' });
    expect(again).toBe(first);
    expect(await account.lines(await account.ended(first))).toEqual(['ran']);
    expect(await account.start('once')).not.toBe(first);
  });

  it('refuses an override that it would have to ignore', async () => {
    await account.project('overridden', buildspec('true'));

    await expect(account.start('overridden', { gitCloneDepthOverride: 1 })).rejects.toMatchObject({
      name: 'InvalidInputException',
      message: expect.stringContaining('gitCloneDepthOverride'),
    });
  });
});
