import { InvokeCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it, vi } from 'vitest';
import { LambdaAccount, payloadOf } from './test/lambda-account.ts';

// Waits for a long time in its first process only; a file beside the code tells the second one apart.
const SLOW_ONCE = `
import { existsSync, writeFileSync } from 'node:fs';
const mark = process.env.LAMBDA_TASK_ROOT + '/../mark';
export const handler = async () => {
  if (existsSync(mark)) { console.log('finished'); return; }
  writeFileSync(mark, '');
  console.log('pid', process.pid);
  await new Promise((done) => setTimeout(done, 60_000));
};`;

describe('a restart', { timeout: 60_000 }, () => {
  it('ends the processes, keeps the functions and repeats the event that was under way', async () => {
    let account = await LambdaAccount.start();
    await account.function('kept', `export const handler = async () => 'kept';`);
    await account.function('slow', SLOW_ONCE, { Timeout: 60 });
    await account.lambda.send(new InvokeCommand({ FunctionName: 'slow', InvocationType: 'Event' }));
    const pid = await vi.waitFor(async () => {
      const line = (await account.logLines('/aws/lambda/slow')).find((each) => each.includes('pid'));
      return Number(/pid (\d+)/.exec(line ?? '')?.[1] ?? expect.unreachable('not started yet'));
    }, 10_000);

    account = await account.restart();

    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(payloadOf(await account.lambda.send(new InvokeCommand({ FunctionName: 'kept' })))).toBe('kept');
    await vi.waitFor(async () => {
      expect((await account.logLines('/aws/lambda/slow')).some((line) => line.includes('finished'))).toBe(true);
    }, 10_000);
    await account.close();
  });
});
