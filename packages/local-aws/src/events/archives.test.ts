import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CancelReplayCommand,
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteArchiveCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  EventBridgeClient,
  ListArchivesCommand,
  ListReplaysCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  StartReplayCommand,
  type StartReplayCommandInput,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalAws, startLocalAws } from '../start-local-aws.ts';

const DAY_MS = 86_400_000;

let folder: string;
let aws: LocalAws;
let events: EventBridgeClient;
let sqs: SQSClient;
let now = Date.parse('2026-03-04T00:00:00Z');

/** Starts on the folder, with clients. */
async function start(): Promise<void> {
  aws = await startLocalAws({
    dataFolder: folder,
    services: ['events', 'sqs', 'iam', 'sts'],
    now: () => now,
    putEventsFaults: {
      errorCode: ({ detail }, attempt) => (detail.includes('flaky') && attempt === 0 ? 'InternalFailure' : undefined),
    },
  });
  const settings = { endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials, maxAttempts: 1 };
  events = new EventBridgeClient(settings);
  sqs = new SQSClient(settings);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-archives-'));
  await start();
});

afterAll(async () => {
  await aws.close();
  await rm(folder, { recursive: true, force: true });
});

function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${aws.region}:${aws.accountId}:${resource}`;
}

/** A bus with an archive, and a rule of everything that fills a queue. */
async function createBus(name: string, archive: object = {}): Promise<string> {
  await events.send(new CreateEventBusCommand({ Name: name }));
  await events.send(
    new CreateArchiveCommand({ ArchiveName: name, EventSourceArn: arn('events', `event-bus/${name}`), ...archive }),
  );
  return createRule(name, name);
}

async function createRule(bus: string, name: string): Promise<string> {
  const Arn = arn('sqs', name);
  const Statement = [
    { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: Arn },
  ];
  const Attributes = { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) };
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  await events.send(
    new PutRuleCommand({ Name: name, EventBusName: bus, EventPattern: JSON.stringify({ source: ['git'] }) }),
  );
  await events.send(new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets: [{ Id: 'q', Arn }] }));
  return QueueUrl;
}

function put(bus: string, ...details: object[]) {
  const entries = details.map((detail) => ({
    EventBusName: bus,
    Source: 'git',
    DetailType: 'Push',
    Detail: JSON.stringify(detail),
  }));
  return events.send(new PutEventsCommand({ Entries: entries }));
}

/** Takes the next event from a queue; undefined where there is none. */
async function next(QueueUrl: string, WaitTimeSeconds = 5): Promise<Record<string, unknown> | undefined> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds }));
  const [message] = Messages;
  if (message?.Body === undefined) return undefined;
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  return JSON.parse(message.Body) as Record<string, unknown>;
}

function replayInput(bus: string, ReplayName: string): StartReplayCommandInput {
  return {
    ReplayName,
    EventSourceArn: arn('events', `archive/${bus}`),
    EventStartTime: new Date(now - DAY_MS),
    EventEndTime: new Date(now + DAY_MS),
    Destination: { Arn: arn('events', `event-bus/${bus}`) },
  };
}

function replay(bus: string, name: string, over: Partial<StartReplayCommandInput> = {}) {
  return events.send(new StartReplayCommand({ ...replayInput(bus, name), ...over }));
}

function ended(ReplayName: string) {
  return vi.waitFor(async () => {
    const described = await events.send(new DescribeReplayCommand({ ReplayName }));
    expect(['COMPLETED', 'CANCELLED', 'FAILED']).toContain(described.State);
    return described;
  });
}

describe('a replay', { timeout: 20_000 }, () => {
  it('sends archived events once more, with their ID and time, and does not archive them again', async () => {
    const queue = await createBus('again');
    await put('again', { n: 1 });
    const first = await next(queue);

    now += 60_000;
    await replay('again', 'again-1');

    const second = await next(queue);
    expect(second).toEqual({ ...first, 'replay-name': 'again-1' });
    expect(await ended('again-1')).toMatchObject({ State: 'COMPLETED', EventLastReplayedTime: new Date(now - 60_000) });
    expect(await events.send(new DescribeArchiveCommand({ ArchiveName: 'again' }))).toMatchObject({ EventCount: 1 });
    expect(await next(queue, 0)).toBeUndefined();
  });

  it('sends only what the archive keeps, in the time asked for', async () => {
    const queue = await createBus('part', { EventPattern: '{"detail":{"keep":[true]}}', RetentionDays: 2 });
    await put('part', { keep: false }, { keep: true, n: 1 });
    now += 3 * DAY_MS;
    await put('part', { keep: true, n: 2 });
    now += 1000;
    await put('part', { keep: true, n: 3 });
    for (let count = 0; count < 4; count++) await next(queue);

    await replay('part', 'part-1', { EventStartTime: new Date(0), EventEndTime: new Date(now - 1) });

    expect(await next(queue)).toMatchObject({ detail: { n: 2 }, 'replay-name': 'part-1' });
    await ended('part-1');
    expect(await next(queue, 0)).toBeUndefined();
  });

  it('goes to the rules that it names only', async () => {
    const queue = await createBus('named');
    const other = await createRule('named', 'other');
    await put('named', { n: 1 });
    await Promise.all([next(queue), next(other)]);

    const FilterArns = [arn('events', 'rule/named/other')];
    await replay('named', 'named-1', { Destination: { Arn: arn('events', 'event-bus/named'), FilterArns } });

    expect(await next(other)).toMatchObject({ 'replay-name': 'named-1' });
    expect(await next(queue, 0)).toBeUndefined();
  });

  it('can be cancelled until it ended', async () => {
    const queue = await createBus('stopped');
    await put('stopped', { n: 1 });
    await next(queue);

    const { cloud } = aws;
    // In-process, so that no timer of the replay can fire in between.
    await cloud.call(cloud.identities.root, 'events', 'StartReplay', replayInput('stopped', 'stopped-1'));
    const { State } = await cloud.call(cloud.identities.root, 'events', 'CancelReplay', { ReplayName: 'stopped-1' });

    expect(State).toBe('CANCELLING');
    expect(await ended('stopped-1')).toMatchObject({ State: 'CANCELLED' });
    expect(await next(queue, 0)).toBeUndefined();
    await expect(events.send(new CancelReplayCommand({ ReplayName: 'stopped-1' }))).rejects.toMatchObject({
      name: 'IllegalStatusException',
    });
  });

  it('goes on after a restart', async () => {
    const queue = await createBus('restarted');
    await put('restarted', { n: 1 });
    await next(queue);

    // In-process, so that no timer of the replay can fire before it is stopped.
    await aws.cloud.call(aws.cloud.identities.root, 'events', 'StartReplay', replayInput('restarted', 'restarted-1'));
    await aws.close();
    await start();

    expect(await next(`${aws.endpointUrl}${new URL(queue).pathname}`)).toMatchObject({ 'replay-name': 'restarted-1' });
    expect(await ended('restarted-1')).toMatchObject({ State: 'COMPLETED' });
  });

  it('refuses another bus, a wrong time, a rule that is not there, and a name twice', async () => {
    const [Arn, end] = [arn('events', 'event-bus/stopped'), { EventEndTime: new Date(0) }];

    await expect(replay('stopped', 'x', { Destination: { Arn: `${Arn}-not` } })).rejects.toThrow(/bus of the archive/);
    await expect(replay('stopped', 'x', end)).rejects.toThrow(/after EventStartTime/);
    await expect(replay('stopped', 'x', { Destination: { Arn, FilterArns: ['arn:r'] } })).rejects.toThrow(
      /does not exist/,
    );
    await expect(replay('stopped', 'stopped-1')).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' });
  });

  it('is listed, as archives are', async () => {
    const { Replays = [] } = await events.send(new ListReplaysCommand({ State: 'CANCELLED' }));
    const { Archives = [] } = await events.send(new ListArchivesCommand({ NamePrefix: 'p' }));

    expect(Replays.map(({ ReplayName }) => ReplayName)).toEqual(['stopped-1']);
    expect(Archives).toMatchObject([{ ArchiveName: 'part', RetentionDays: 2, State: 'ENABLED', EventCount: 3 }]);
    await events.send(new DeleteArchiveCommand({ ArchiveName: 'part' }));
    await expect(events.send(new DescribeArchiveCommand({ ArchiveName: 'part' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('PutEvents', () => {
  it('refuses more than ten entries, and more than 256 KB in all', async () => {
    const kilobytes = (count: number) => ({ text: 'x'.repeat(count * 1024) });

    await expect(put('default', ...Array.from({ length: 11 }, () => ({})))).rejects.toThrow(/1 to 10 entries/);
    await expect(put('default', kilobytes(128), kilobytes(128))).rejects.toThrow(/over the limit/);
    expect(await put('default', kilobytes(127), kilobytes(128))).toMatchObject({ FailedEntryCount: 0 });
  });

  it('fails the entries that a test wants to fail, and takes them when they come again', async () => {
    const first = await put('default', { n: 1 }, { flaky: true });
    const again = await put('default', { flaky: true });

    expect(first.FailedEntryCount).toBe(1);
    expect(first.Entries).toMatchObject([{ EventId: expect.any(String) as string }, { ErrorCode: 'InternalFailure' }]);
    expect(again.FailedEntryCount).toBe(0);
  });
});
