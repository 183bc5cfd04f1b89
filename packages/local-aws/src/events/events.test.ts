import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalAws, startLocalAws } from '../start-local-aws.ts';

let folder: string;
let aws: LocalAws;
let events: EventBridgeClient;
let sqs: SQSClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-events-'));
  aws = await startLocalAws({ dataFolder: folder, services: ['events', 'sqs', 'lambda', 'iam', 'sts'] });
  const settings = { endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials };
  events = new EventBridgeClient(settings);
  sqs = new SQSClient(settings);
});

afterAll(async () => {
  await aws.close();
  await rm(folder, { recursive: true, force: true });
});

function queueArn(name: string): string {
  return `arn:aws:sqs:${aws.region}:${aws.accountId}:${name}`;
}

/** A queue that the rules of this account may send to, or nobody. */
async function createQueue(name: string, isOpen = true): Promise<string> {
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn(name),
    },
  ];
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      ...(isOpen && { Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) } }),
    }),
  );
  return QueueUrl;
}

async function receive(QueueUrl: string, WaitTimeSeconds = 5): Promise<Message | undefined> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, MessageAttributeNames: ['All'] }),
  );
  return Messages[0];
}

async function createRule(name: string, rule: Partial<PutRuleCommandInput>, target: Omit<Target, 'Id'>): Promise<void> {
  await events.send(new PutRuleCommand({ Name: name, ...rule }));
  await events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: 'it', ...target }] }));
}

function put(source: string, detail: object) {
  return events.send(
    new PutEventsCommand({ Entries: [{ Source: source, DetailType: 'Test', Detail: JSON.stringify(detail) }] }),
  );
}

describe('EventBridge', () => {
  it('sends a matching event, whole, and no other', async () => {
    const queue = await createQueue('whole');
    await createRule('whole', { EventPattern: '{"source":["whole"],"detail":{"n":[2]}}' }, { Arn: queueArn('whole') });

    await put('whole', { n: 1 });
    await put('whole', { n: 2 });

    const event = JSON.parse((await receive(queue))?.Body ?? '{}');
    expect(event).toMatchObject({
      version: '0',
      source: 'whole',
      'detail-type': 'Test',
      account: aws.accountId,
      region: aws.region,
      resources: [],
      detail: { n: 2 },
    });
    expect(event.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(await receive(queue, 0)).toBeUndefined();
  });

  it.each([
    ['a constant', { Input: '{"sweep":true}' }, '{"sweep":true}'],
    ['a part', { InputPath: '$.detail.list[1]' }, '"b"'],
    [
      'a transformed object',
      {
        InputTransformer: {
          InputPathsMap: { who: '$.detail.who', list: '$.detail.list', id: '$.detail.deep.er[0].id' },
          InputTemplate: '{"name": <who>, "in": "for <id>", "all": <list>, "text": "of <list>"}',
        },
      },
      '{"name": "A \\"B\\"", "in": "for 1", "all": ["a","b"], "text": "of [a,b]"}',
    ],
    [
      'nothing for what is not in the event',
      {
        InputTransformer: {
          InputPathsMap: { none: '$.detail.who.is', nil: '$.detail.nil' },
          InputTemplate: '{"none": <none>, "in": "for <none>", "nil": <nil>}',
        },
      },
      '{"none": "", "in": "for ", "nil": null}',
    ],
    [
      'a transformed text',
      { InputTransformer: { InputPathsMap: { n: '$.detail.n' }, InputTemplate: '"number <n>"' } },
      '"number 7"',
    ],
  ])('sends %s where the target asks for it', async (name, input, expected) => {
    const id = name.replaceAll(' ', '-');
    const queue = await createQueue(id);
    await createRule(id, { EventPattern: JSON.stringify({ source: [id] }) }, { Arn: queueArn(id), ...input });

    await put(id, { who: 'A "B"', list: ['a', 'b'], n: 7, deep: { er: [{ id: 1 }] }, nil: null });

    expect((await receive(queue))?.Body).toBe(expected);
  });

  it('puts what a target may not get into the dead-letter queue, with the reason', async () => {
    await createQueue('closed', false);
    const dead = await createQueue('dead');
    await createRule(
      'closed',
      { EventPattern: '{"source":["closed"]}' },
      { Arn: queueArn('closed'), DeadLetterConfig: { Arn: queueArn('dead') } },
    );

    await put('closed', {});

    const message = await receive(dead);
    expect(JSON.parse(message?.Body ?? '{}')).toMatchObject({ source: 'closed' });
    expect(message?.MessageAttributes).toMatchObject({
      RULE_ARN: { StringValue: expect.stringMatching(/rule\/closed$/) },
      TARGET_ARN: { StringValue: queueArn('closed') },
      ERROR_CODE: { StringValue: expect.stringMatching(/AccessDenied/) },
    });
  });

  it('sends nothing that is not JSON because a value with quotes stands between quotes', async () => {
    const queue = await createQueue('unescaped');
    const dead = await createQueue('not-json');
    await createRule(
      'unescaped',
      { EventPattern: '{"source":["unescaped"]}' },
      {
        Arn: queueArn('unescaped'),
        InputTransformer: { InputPathsMap: { who: '$.detail.who' }, InputTemplate: '{"in": "for <who>"}' },
        DeadLetterConfig: { Arn: queueArn('not-json') },
      },
    );

    await put('unescaped', { who: 'A "B"' });

    const message = await receive(dead);
    expect(message?.MessageAttributes).toMatchObject({ ERROR_CODE: { StringValue: 'ValidationException' } });
    expect(JSON.parse(message?.Body ?? '{}')).toMatchObject({ detail: { who: 'A "B"' } });
    expect(await receive(queue, 0)).toBeUndefined();
  });

  it('sends nothing while a rule is disabled', async () => {
    const queue = await createQueue('off');
    await createRule('off', { EventPattern: '{"source":["off"]}', State: 'DISABLED' }, { Arn: queueArn('off') });

    await put('off', {});

    expect(await receive(queue, 1)).toBeUndefined();
  });

  it("keeps AWS's own sources to AWS, and refuses entries one by one", async () => {
    const { Entries, FailedEntryCount } = await events.send(
      new PutEventsCommand({
        Entries: [
          { Source: 'aws.s3', DetailType: 'Test', Detail: '{}' },
          { Source: 'mine', DetailType: 'Test', Detail: 'no json' },
          { Source: 'mine', DetailType: 'Test', Detail: '{}', EventBusName: 'nowhere' },
          { Source: 'mine', DetailType: 'Test', Detail: '{}' },
        ],
      }),
    );

    expect(FailedEntryCount).toBe(3);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      'NotAuthorizedForSourceException',
      'MalformedDetail',
      'InvalidArgument',
      undefined,
    ]);
  });

  it('refuses wrong patterns, schedules and targets by name', async () => {
    await expect(events.send(new PutRuleCommand({ Name: 'x', EventPattern: '{"a":"b"}' }))).rejects.toThrow(
      /must be an object or an array/,
    );
    await expect(events.send(new PutRuleCommand({ Name: 'x', ScheduleExpression: 'rate(1 minutes)' }))).rejects.toThrow(
      /ScheduleExpression is not valid/,
    );
    await expect(
      createRule(
        'x',
        { EventPattern: '{"source":["x"]}' },
        { Arn: queueArn('whole'), InputTransformer: { InputPathsMap: {}, InputTemplate: '"<who>"' } },
      ),
    ).rejects.toThrow(/no value for <who>/);
    await expect(
      createRule('x', { EventPattern: '{"source":["x"]}' }, { Arn: 'arn:aws:sns:us-east-1:123456789012:topic' }),
    ).rejects.toThrow(/lambda, sqs, codepipeline, codebuild/);
  });
});
