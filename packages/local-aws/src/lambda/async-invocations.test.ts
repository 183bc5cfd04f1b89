import { DeleteRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LambdaAccount, payloadOf } from './test/lambda-account.ts';

const FAILS = `export const handler = async (event, { awsRequestId }) => {
  console.log('attempt of', awsRequestId);
  throw new RangeError('never works');
};`;

const PUT_EVENTS = { Effect: 'Allow', Action: 'events:PutEvents', Resource: '*' } as const;

let account: LambdaAccount;

beforeAll(async () => {
  account = await LambdaAccount.start();
});

afterAll(() => account.close());

function send(FunctionName: string, event: unknown) {
  const Payload = Buffer.from(JSON.stringify(event));
  return account.lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
}

function onFailure(FunctionName: string, Destination: string, MaximumRetryAttempts = 0) {
  const DestinationConfig = { OnFailure: { Destination } };
  return account.lambda.send(
    new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts, DestinationConfig }),
  );
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
    await onFailure('destined', queue.arn);

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

  it('reaches an event bus as an event of Lambda, with the request in it', async () => {
    const queue = await account.queue('told-by-bus', 'events.amazonaws.com');
    const bus = await account.busTo(queue.arn, { source: ['lambda'] });
    const arn = await account.function('bused', FAILS, { Role: await account.role('puts', [PUT_EVENTS]) });
    await onFailure('bused', bus);

    await send('bused', { jobId: 'j-1' });

    const event = JSON.parse((await account.receive(queue.url))?.Body ?? '') as Record<string, unknown>;
    expect(event).toMatchObject({
      source: 'lambda',
      'detail-type': 'Lambda Function Invocation Result - Failure',
      resources: [bus, `${arn}:$LATEST`],
      detail: {
        requestContext: { functionArn: `${arn}:$LATEST`, condition: 'RetriesExhausted', approximateInvokeCount: 1 },
        requestPayload: { jobId: 'j-1' },
        responsePayload: { errorType: 'RangeError' },
      },
    });
  });

  it('tells another function that it was killed', async () => {
    const telling = await account.function(
      'telling',
      `export const handler = async (event) => console.log(JSON.stringify(event));`,
    );
    const invoke = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: telling } as const;
    const slow = `export const handler = () => new Promise((done) => setTimeout(done, 20_000));`;
    await account.function('late', slow, { Timeout: 1, Role: await account.role('invokes', [invoke]) });
    await onFailure('late', telling);

    await send('late', { jobId: 'j-2' });

    const line = await vi.waitFor(async () => {
      const lines = await account.logLines('/aws/lambda/telling');
      return lines.find((each) => each.includes('j-2')) ?? expect.unreachable('not told yet');
    }, 10_000);
    expect(JSON.parse(line.slice(line.indexOf('{')))).toMatchObject({
      requestPayload: { jobId: 'j-2' },
      responseContext: { functionError: 'Unhandled' },
      responsePayload: { errorType: 'Sandbox.Timedout' },
    });
  });

  it('is not tried where nothing is reserved for its function, and told at once', async () => {
    const queue = await account.queue('stopped');
    await account.function('stopped', FAILS);
    await onFailure('stopped', queue.arn, 2);
    const none = { FunctionName: 'stopped', ReservedConcurrentExecutions: 0 };
    await account.lambda.send(new PutFunctionConcurrencyCommand(none));

    await send('stopped', { c: 3 });

    const record = JSON.parse((await account.receive(queue.url))?.Body ?? '') as Record<string, unknown>;
    expect(record).toMatchObject({
      requestContext: { condition: 'ZeroReservedConcurrency', approximateInvokeCount: 0 },
      requestPayload: { c: 3 },
    });
    expect(record).not.toHaveProperty('responsePayload');
  });

  it('that became too old while its function was throttled is given up', async () => {
    const queue = await account.queue('aged');
    await account.function('throttled', `export const handler = () => new Promise((done) => setTimeout(done, 1500));`);
    const one = { FunctionName: 'throttled', ReservedConcurrentExecutions: 1 };
    await account.lambda.send(new PutFunctionConcurrencyCommand(one));
    await onFailure('throttled', queue.arn);

    await send('throttled', { first: true });
    await send('throttled', { second: true });
    account.laterBy(7 * 60 * 60 * 1000);

    const record = JSON.parse((await account.receive(queue.url))?.Body ?? '') as Record<string, unknown>;
    account.laterBy(0);
    expect(record).toMatchObject({
      requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 0 },
      requestPayload: { second: true },
    });
  });

  it('is accepted from another function whose role may invoke', async () => {
    const started = await account.function(
      'started',
      `export const handler = async ({ by }) => console.log('by', by);`,
    );
    const invoke = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: started } as const;
    const START = `
      import { createHash } from 'node:crypto';
      import { InvokeCommand, LambdaClient } from '${import.meta.resolve('@aws-sdk/client-lambda')}';
      export const handler = async (FunctionName) => {
        const Payload = JSON.stringify({ by: 'another' });
        const { StatusCode } = await new LambdaClient().send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
        return StatusCode;
      };`;
    await account.function('starts', START, { Role: await account.role('may-start', [invoke]) });
    await account.function('may-not', START, { Role: await account.role('may-not-start', []) });
    const run = async (name: string) =>
      payloadOf(await account.lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(started) })));

    expect(await run('starts')).toBe(202);
    expect(await run('may-not')).toMatchObject({ errorType: 'AccessDeniedException' });
    await vi.waitFor(async () =>
      expect((await account.logLines('/aws/lambda/started')).join()).toContain('by another'),
    );
  });

  it('cannot be given a destination that the role may not tell', async () => {
    const queue = await account.queue('refused');
    const Role = await account.role('may-tell-nobody', [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }]);
    await account.function('tells-nobody', FAILS, { Role });

    await expect(onFailure('tells-nobody', queue.arn)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining(`does not have permissions to call SendMessage on ${queue.arn}`),
    });
  });

  it('reaches its queue only while the role may send there', async () => {
    const queue = await account.queue('forbidden');
    const Role = await account.role('may-not-send', [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }]);
    await account.function('forbidden', FAILS, { Role });
    await onFailure('forbidden', queue.arn);
    await account.iam.send(new DeleteRolePolicyCommand({ RoleName: 'may-not-send', PolicyName: 'p' }));

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
    await onFailure('busy', queue.arn);

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
