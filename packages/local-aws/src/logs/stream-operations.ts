import type * as logs from '@aws-sdk/client-cloudwatch-logs';
import { operation } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import { compileFilterPattern } from './filter-pattern.ts';
import { type LogEvent, type LogStore, type LogStreamRecord, nameOf } from './log-store.ts';

/** The API's largest page. */
const MAX_PAGE = 10_000;

export function streamOperations(store: LogStore): Service['operations'] {
  const on = (action: string) => (input: { logGroupName?: string | undefined; logStreamName?: string | undefined }) =>
    store.permission(action, input.logGroupName, input.logStreamName);
  return {
    CreateLogStream: operation(on('CreateLogStream'), (input: logs.CreateLogStreamRequest) => {
      const { name } = store.group(input.logGroupName);
      if (store.streamsOf(name).some((stream) => stream.name === input.logStreamName)) {
        throw new ServiceError('ResourceAlreadyExistsException', 'The specified log stream already exists');
      }
      store.createStream(name, input.logStreamName ?? '');
    }),
    DeleteLogStream: operation(on('DeleteLogStream'), (input: logs.DeleteLogStreamRequest) => {
      store.deleteStream(store.stream(input.logGroupName, input.logStreamName));
    }),
    DescribeLogStreams: operation(
      (input: logs.DescribeLogStreamsRequest) =>
        store.permission('DescribeLogStreams', input.logGroupName ?? input.logGroupIdentifier),
      (input): logs.DescribeLogStreamsResponse => {
        const { name } = store.group(input.logGroupName ?? input.logGroupIdentifier);
        const streams = store
          .streamsOf(name)
          .filter((stream) => stream.name.startsWith(input.logStreamNamePrefix ?? ''));
        const order = input.orderBy === 'LastEventTime' ? byLastEvent : byName;
        streams.sort((a, b) => (input.descending === true ? order(b, a) : order(a, b)));
        return { logStreams: streams.slice(0, input.limit ?? 50).map((stream) => streamView(store, stream)) };
      },
    ),
    PutLogEvents: operation(on('PutLogEvents'), (input: logs.PutLogEventsRequest): logs.PutLogEventsResponse => {
      const stream = store.stream(input.logGroupName, input.logStreamName);
      const events = (input.logEvents ?? []).map(({ timestamp = 0, message = '' }) => ({ timestamp, message }));
      if (events.some((event, index) => event.timestamp < (events[index - 1]?.timestamp ?? 0))) {
        throw new ServiceError(
          'InvalidParameterException',
          'Log events in a single PutLogEvents request must be in chronological order.',
        );
      }
      if (events.length > 0) store.append(stream, events);
      return { nextSequenceToken: String(stream.storedBytes) };
    }),
    GetLogEvents: operation(
      (input: logs.GetLogEventsRequest) =>
        store.permission('GetLogEvents', input.logGroupName ?? input.logGroupIdentifier, input.logStreamName),
      (input): logs.GetLogEventsResponse => getEvents(store, input),
    ),
    FilterLogEvents: operation(
      (input: logs.FilterLogEventsRequest) =>
        store.permission('FilterLogEvents', input.logGroupName ?? input.logGroupIdentifier),
      (input): logs.FilterLogEventsResponse => filterEvents(store, input),
    ),
  };
}

/** Tokens are `f/INDEX` (events from there on) and `b/INDEX` (events before it); at an end the same token comes back. */
function getEvents(store: LogStore, input: logs.GetLogEventsRequest): logs.GetLogEventsResponse {
  const stream = store.stream(input.logGroupName ?? input.logGroupIdentifier, input.logStreamName);
  const events = store.read(stream).filter((event) => isWithin(event, input.startTime, input.endTime));
  const limit = Math.min(input.limit ?? MAX_PAGE, MAX_PAGE);
  const [, direction, at] = /^([fb])\/(\d+)$/.exec(input.nextToken ?? '') ?? [];
  if (input.nextToken !== undefined && direction === undefined) {
    throw new ServiceError('InvalidParameterException', 'The specified nextToken is invalid.');
  }
  const isForward = direction === undefined ? input.startFromHead === true : direction === 'f';
  const candidates = events.filter(
    ({ index }) => at === undefined || (isForward ? index >= Number(at) : index < Number(at)),
  );
  const page = isForward ? candidates.slice(0, limit) : candidates.slice(-limit);
  const forward = page.at(-1) === undefined ? Number(at ?? events.length) : (page.at(-1)?.index ?? 0) + 1;
  return {
    events: page.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    nextForwardToken: `f/${forward}`,
    nextBackwardToken: `b/${page[0]?.index ?? at ?? 0}`,
  };
}

function filterEvents(store: LogStore, input: logs.FilterLogEventsRequest): logs.FilterLogEventsResponse {
  const { name } = store.group(input.logGroupName ?? input.logGroupIdentifier);
  const matches = compileFilterPattern(input.filterPattern);
  const streams = store
    .streamsOf(name)
    .filter((stream) => stream.name.startsWith(input.logStreamNamePrefix ?? ''))
    .filter((stream) => input.logStreamNames === undefined || input.logStreamNames.includes(stream.name));
  const found = streams.flatMap((stream) =>
    store
      .read(stream)
      .filter((event) => isWithin(event, input.startTime, input.endTime) && matches(event.message))
      .map(({ index, timestamp, message, ingestionTime }) => {
        const eventId = `${nameOf(name)}/${stream.name}/${index}`;
        return { logStreamName: stream.name, timestamp, message, ingestionTime, eventId };
      }),
  );
  found.sort((a, b) => a.timestamp - b.timestamp);
  const start = Number(input.nextToken ?? 0);
  const end = start + Math.min(input.limit ?? MAX_PAGE, MAX_PAGE);
  return { events: found.slice(start, end), ...(end < found.length && { nextToken: String(end) }) };
}

function isWithin({ timestamp }: LogEvent, start: number | undefined, end: number | undefined): boolean {
  return timestamp >= (start ?? 0) && timestamp < (end ?? Number.POSITIVE_INFINITY);
}

function byName(a: LogStreamRecord, b: LogStreamRecord): number {
  return a.name < b.name ? -1 : 1;
}

function byLastEvent(a: LogStreamRecord, b: LogStreamRecord): number {
  return (a.lastEventAt ?? 0) - (b.lastEventAt ?? 0);
}

function streamView(store: LogStore, stream: LogStreamRecord): logs.LogStream {
  return {
    logStreamName: stream.name,
    creationTime: stream.createdAt,
    ...(stream.firstEventAt !== undefined && { firstEventTimestamp: stream.firstEventAt }),
    ...(stream.lastEventAt !== undefined && { lastEventTimestamp: stream.lastEventAt }),
    ...(stream.lastIngestedAt !== undefined && { lastIngestionTime: stream.lastIngestedAt }),
    arn: `${store.groupArn(stream.group)}:log-stream:${stream.name}`,
    storedBytes: stream.storedBytes,
  };
}
