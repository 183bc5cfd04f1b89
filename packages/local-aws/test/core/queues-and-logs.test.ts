import * as cw from '@aws-sdk/client-cloudwatch';
import * as logsSdk from '@aws-sdk/client-cloudwatch-logs';
import * as sqsSdk from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestAws, type TestAws } from './test-aws.ts';

let test: TestAws;
let clockMs = Date.now();
beforeEach(async () => {
  test = await startTestAws({ services: ['cloudwatch', 'logs', 'sqs'], now: () => clockMs });
});
afterEach(() => test.end());

describe('SQS', () => {
  const queue = async (QueueName: string, Attributes: Record<string, string> = {}) => {
    const { QueueUrl } = await sqs().send(new sqsSdk.CreateQueueCommand({ QueueName, Attributes }));
    return QueueUrl;
  };
  const sqs = () => new sqsSdk.SQSClient(test.client);
  const receive = async (QueueUrl: string | undefined, over: object = {}) =>
    (await sqs().send(new sqsSdk.ReceiveMessageCommand({ QueueUrl, ...over }))).Messages ?? [];

  it('hides a received message for its visibility timeout, then gives it again until it is deleted', async () => {
    const QueueUrl = await queue('q', { VisibilityTimeout: '10' });
    await sqs().send(new sqsSdk.SendMessageCommand({ QueueUrl, MessageBody: 'zażółć' }));

    const [first] = await receive(QueueUrl);
    expect(first).toMatchObject({ Body: 'zażółć' });
    expect(await receive(QueueUrl)).toEqual([]);
    clockMs += 10_001;
    const [again] = await receive(QueueUrl, { MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    expect(again).toMatchObject({ MessageId: first?.MessageId, Attributes: { ApproximateReceiveCount: '2' } });
    await sqs().send(new sqsSdk.DeleteMessageCommand({ QueueUrl, ReceiptHandle: again?.ReceiptHandle }));
    clockMs += 10_001;
    expect(await receive(QueueUrl)).toEqual([]);
  });

  it('moves a message to the dead-letter queue when it was received too often', async () => {
    const dead = await queue('dead');
    const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:123456789012:dead';
    const QueueUrl = await queue('q', {
      VisibilityTimeout: '0',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }),
    });
    await sqs().send(new sqsSdk.SendMessageCommand({ QueueUrl, MessageBody: 'x' }));

    expect(await receive(QueueUrl)).toHaveLength(1);
    expect(await receive(QueueUrl)).toHaveLength(1);
    expect(await receive(QueueUrl)).toHaveLength(0);
    expect(await receive(dead)).toMatchObject([{ Body: 'x' }]);
  });

  it('ends a long poll as soon as a message comes', async () => {
    const QueueUrl = await queue('q');
    const started = performance.now();
    const waiting = receive(QueueUrl, { WaitTimeSeconds: 20 });
    await sqs().send(new sqsSdk.SendMessageCommand({ QueueUrl, MessageBody: 'x' }));

    expect(await waiting).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('keeps message attributes, texts and bytes', async () => {
    const QueueUrl = await queue('q');
    const MessageAttributes = {
      RULE_ARN: { DataType: 'String', StringValue: 'arn' },
      raw: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) },
    };
    await sqs().send(new sqsSdk.SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes }));

    const [message] = await receive(QueueUrl, { MessageAttributeNames: ['All'] });
    expect(message?.MessageAttributes?.RULE_ARN).toEqual(MessageAttributes.RULE_ARN);
    expect(Buffer.from(message?.MessageAttributes?.raw?.BinaryValue ?? [])).toEqual(Buffer.from([1, 2]));
  });

  it('refuses unknown attributes, FIFO queues and another queue of the same name', async () => {
    await queue('q', { DelaySeconds: '1' });

    await expect(queue('p', { Colour: 'red' })).rejects.toMatchObject({ name: 'InvalidAttributeName' });
    await expect(queue('p.fifo', { FifoQueue: 'true' })).rejects.toMatchObject({ name: 'UnsupportedOperation' });
    await expect(queue('q', { DelaySeconds: '2' })).rejects.toMatchObject({ name: 'QueueNameExists' });
  });
});

describe('CloudWatch Logs', () => {
  const logGroupName = '/aws/codebuild/x';
  const logStreamName = 'build/1';
  const logs = () => new logsSdk.CloudWatchLogsClient(test.client);
  const put = (...messages: string[]) => {
    const logEvents = messages.map((message, index) => ({ timestamp: index + 1, message }));
    return logs().send(new logsSdk.PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  };
  const get = (over: object) => logs().send(new logsSdk.GetLogEventsCommand({ logGroupName, logStreamName, ...over }));
  beforeEach(async () => {
    await logs().send(new logsSdk.CreateLogGroupCommand({ logGroupName }));
    await logs().send(new logsSdk.CreateLogStreamCommand({ logGroupName, logStreamName }));
  });

  it('pages forward until the token no longer changes, and on when more has come', async () => {
    await put('a', 'b', 'c');

    const first = await get({ startFromHead: true, limit: 2 });
    const second = await get({ nextToken: first.nextForwardToken });
    const end = await get({ nextToken: second.nextForwardToken });
    await put('d');
    const more = await get({ nextToken: end.nextForwardToken });

    expect([first, second, end, more].map(({ events }) => events?.map(({ message }) => message))).toEqual([
      ['a', 'b'],
      ['c'],
      [],
      ['d'],
    ]);
    expect(end.nextForwardToken).toBe(second.nextForwardToken);
  });

  it('gives the newest first when not told otherwise, and pages backward', async () => {
    await put('a', 'b', 'c');

    const last = await get({ limit: 2 });
    const before = await get({ limit: 2, nextToken: last.nextBackwardToken });
    expect([last, before].map(({ events }) => events?.map(({ message }) => message))).toEqual([['b', 'c'], ['a']]);
  });

  it('filters by plain terms and says what it does not filter by', async () => {
    await put('error: disk', 'warn: disk full', 'ok');
    const filter = async (filterPattern: string) => {
      const { events } = await logs().send(new logsSdk.FilterLogEventsCommand({ logGroupName, filterPattern }));
      return events?.map(({ message }) => message);
    };

    expect(await filter('disk -full')).toEqual(['error: disk']);
    expect(await filter('?error ?ok')).toEqual(['error: disk', 'ok']);
    expect(await filter('"disk full"')).toEqual(['warn: disk full']);
    await expect(filter('{ $.level = "x" }')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('refuses what is not there, what is there twice, and events out of order', async () => {
    const logEvents = [
      { timestamp: 2, message: 'b' },
      { timestamp: 1, message: 'a' },
    ];

    await expect(get({ logStreamName: 'none' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(logs().send(new logsSdk.CreateLogGroupCommand({ logGroupName }))).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    });
    const outOfOrder = logs().send(new logsSdk.PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    await expect(outOfOrder).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('CloudWatch', () => {
  it('keeps alarms as defined and says that it does not evaluate them', async () => {
    const cloudWatch = new cw.CloudWatchClient(test.client);
    const definition = {
      AlarmName: 'a',
      MetricName: 'Errors',
      Namespace: 'AWS/Lambda',
      Period: 60,
      Statistic: 'Sum',
      Threshold: 0,
    } as const;
    const alarm = { ...definition, EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanThreshold' } as const;
    await cloudWatch.send(new cw.PutMetricAlarmCommand(alarm));

    const { MetricAlarms } = await cloudWatch.send(new cw.DescribeAlarmsCommand({ AlarmNames: ['a'] }));
    expect(MetricAlarms).toMatchObject([
      { ...alarm, StateValue: 'INSUFFICIENT_DATA', StateReason: expect.stringContaining('not evaluate') },
    ]);
    await expect(
      cloudWatch.send(new cw.PutMetricAlarmCommand({ ...alarm, MetricName: undefined })),
    ).rejects.toMatchObject({ name: 'ValidationError' });
    await expect(cloudWatch.send(new cw.DeleteAlarmsCommand({ AlarmNames: ['b'] }))).rejects.toMatchObject({
      name: 'ResourceNotFound',
    });
  });
});
