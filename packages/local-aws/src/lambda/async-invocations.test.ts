import { AddPermissionCommand, InvokeCommand, PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LambdaAccount } from './test/lambda-account.ts';

const FAILS = `export const handler = async (event, { awsRequestId }) => {
  console.log('attempt of', awsRequestId);
  throw new RangeError('never works');
};`;

let account: LambdaAccount;

beforeAll(async () => {
  account = await LambdaAccount.start();
});

afterAll(() => account.close());

function send(FunctionName: string, event: unknown) {
  const Payload = Buffer.from(JSON.stringify(event));
  return account.lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
}

async function attempts(name: string): Promise<number> {
  const lines = await account.logLines(`/aws/lambda/${name}`);
  return lines.filter((line) => line.includes('attempt of')).length;
}

describe('an event', { timeout: 60_000 }, () => {
  it('is accepted at once, tried three times, and sent to the dead letter queue', async () => {
    const queue = await account.queue('dead');
    await account.function('dead', FAILS, { DeadLetterConfig: { TargetArn: queue.arn } });

    const accepted = await send('dead', { a: 1 });

    expect(accepted.StatusCode).toBe(202);
    const message = await account.receive(queue.url);
    expect(JSON.parse(message?.Body ?? '')).toEqual({ a: 1 });
    expect(message?.MessageAttributes).toMatchObject({
      ErrorCode: { DataType: 'Number', StringValue: '200' },
      ErrorMessage: { DataType: 'String', StringValue: 'never works' },
      RequestID: { DataType: 'String' },
    });
    await vi.waitFor(async () => expect(await attempts('dead')).toBe(3), 5000);
  });

  it('is recorded at the on-failure destination after the retries configured', async () => {
    const queue = await account.queue('destination');
    const arn = await account.function('destined', FAILS);
    await account.lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'destined',
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: queue.arn } },
      }),
    );

    await send('destined', { b: 2 });

    const message = await account.receive(queue.url);
    const record = JSON.parse(message?.Body ?? '') as Record<string, unknown>;
    expect(record).toMatchObject({
      version: '1.0',
      requestContext: {
        functionArn: `${arn}:$LATEST`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: 1,
      },
      requestPayload: { b: 2 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'RangeError', errorMessage: 'never works' },
    });
    await vi.waitFor(async () => expect(await attempts('destined')).toBe(1), 5000);
  });

  it('reaches its queue only where the role may send there', async () => {
    const queue = await account.queue('forbidden');
    const Role = await account.role('may-not-send', [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }]);
    await account.function('forbidden', FAILS, { Role });
    await account.lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'forbidden',
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: queue.arn } },
      }),
    );

    await send('forbidden', {});

    await vi.waitFor(() => {
      const sent = account
        .calls()
        .filter(({ action, caller }) => action === 'SendMessage' && caller === `role/may-not-send`);
      expect(sent).toMatchObject([{ service: 'sqs', resource: queue.arn, outcome: 'AccessDeniedException' }]);
    }, 10_000);
    expect(await account.receive(queue.url, 0)).toBeUndefined();
  });

  it('waits where all environments are busy', async () => {
    const queue = await account.queue('none-lost');
    await account.function(
      'busy',
      `import { createHash } from 'node:crypto';
      export const handler = async ({ n }) => {
        await new Promise((done) => setTimeout(done, 50));
        throw new Error('n' + n);
      };`,
    );
    await account.lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'busy',
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: queue.arn } },
      }),
    );

    for (let n = 0; n < 14; n++) await send('busy', { n });

    const seen = new Set<string>();
    await vi.waitFor(
      async () => {
        const message = await account.receive(queue.url, 1);
        const { responsePayload } = JSON.parse(message?.Body ?? '{}') as { responsePayload?: { errorMessage: string } };
        if (responsePayload !== undefined) seen.add(responsePayload.errorMessage);
        expect(seen.size).toBe(14);
      },
      { timeout: 30_000, interval: 1 },
    );
  });
});

describe('a service', { timeout: 60_000 }, () => {
  it('invokes only what the function lets that rule invoke', async () => {
    const arn = await account.function('ruled', `export const handler = async () => 'ran';`);
    const { cloud } = account.aws;
    const SourceArn = `arn:aws:events:us-east-1:${account.aws.accountId}:rule/mine`;
    await account.lambda.send(
      new AddPermissionCommand({
        FunctionName: 'ruled',
        StatementId: 'rule',
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn,
      }),
    );
    const call = (sourceArn: string) =>
      cloud.call(cloud.identities.service('events.amazonaws.com', sourceArn), 'lambda', 'Invoke', {
        FunctionName: arn,
        InvocationType: 'Event',
        Payload: Buffer.from('{}'),
      });

    await expect(call(SourceArn)).resolves.toMatchObject({ StatusCode: 202 });
    await expect(call(`${SourceArn}-not`)).rejects.toMatchObject({ code: 'AccessDeniedException', status: 403 });
  });
});
