import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account } from './account.ts';
import { gitEvent, SECOND } from './git-event.ts';

let account: Account;
beforeAll(async () => {
  account = await Account.start();
}, 120_000);
afterAll(() => account.close());

describe('sample-pipeline.yaml with a receiver', () => {
  it('starts at the pushed commit', async () => {
    await account.createPipeline('app');

    await account.publish(gitEvent());
    const lines = await account.outcomes(1);

    expect(await account.started('app')).toEqual([{ SourceCommit: SECOND, SourceRef: 'refs/heads/main' }]);
    expect(lines).toMatchObject([{ outcome: 'started', pipelineName: 'app' }]);
  });
});
