import { randomUUID } from 'node:crypto';
import type * as events from '@aws-sdk/client-eventbridge';
import { operation, permit } from '../cloud/operation.ts';
import { type Call, type Operation, ServiceError } from '../cloud/service.ts';
import type { EventStore } from './event-store.ts';
import type { EventEnvelope } from './rule-record.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const MAX_ENTRY_BYTES = 256 * 1024;
const MAX_ENTRIES = 10;

type Route = (busName: string, event: EventEnvelope) => void;

/** PutEvents: each entry is taken or refused on its own; `aws.` sources are for services only. */
export function putEvents(store: EventStore, route: Route): Operation {
  return operation(
    (input: events.PutEventsRequest) =>
      [...new Set((input.Entries ?? []).map((entry) => store.busName(entry.EventBusName)))].flatMap((name) =>
        permit('events:PutEvents', store.buses.get(name)?.arn ?? '*'),
      ),
    (input, call): events.PutEventsResponse => {
      const entries = input.Entries ?? [];
      if (entries.length < 1 || entries.length > MAX_ENTRIES) {
        throw new ServiceError(
          'ValidationException',
          `PutEvents takes 1 to ${MAX_ENTRIES} entries, not ${entries.length}`,
        );
      }
      const results = entries.map((entry) => put(store, route, entry, call));
      return { Entries: results, FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length };
    },
  ) as Operation;
}

function put(
  store: EventStore,
  route: Route,
  entry: events.PutEventsRequestEntry,
  call: Call,
): events.PutEventsResultEntry {
  const problem = problemOf(store, entry, call);
  if (problem !== undefined) return problem;
  const event: EventEnvelope = {
    version: '0',
    id: randomUUID(),
    'detail-type': entry.DetailType ?? '',
    source: entry.Source ?? '',
    account: store.cloud.accountId,
    time: isoSeconds(entry.Time?.getTime() ?? store.cloud.now()),
    region: store.cloud.region,
    resources: entry.Resources ?? [],
    detail: JSON.parse(entry.Detail ?? '{}'),
  };
  route(store.busName(entry.EventBusName), event);
  return { EventId: event.id };
}

/** `2026-01-31T09:15:00Z` */
export function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function problemOf(
  store: EventStore,
  entry: events.PutEventsRequestEntry,
  { principal }: Call,
): events.PutEventsResultEntry | undefined {
  const refuse = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
  if (!entry.Source)
    return refuse('InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.');
  if (!entry.DetailType)
    return refuse('InvalidArgument', 'Parameter DetailType is not valid. Reason: DetailType is a required argument.');
  if (!entry.Detail)
    return refuse('InvalidArgument', 'Parameter Detail is not valid. Reason: Detail is a required argument.');
  if (entry.Source.startsWith('aws.') && principal.kind !== 'service') {
    return refuse('NotAuthorizedForSourceException', 'Not authorized for the source.');
  }
  if (!store.buses.has(store.busName(entry.EventBusName))) {
    return refuse(
      'InvalidArgument',
      `Parameter EventBusName is not valid. Reason: ${entry.EventBusName} does not exist.`,
    );
  }
  const bytes = Buffer.byteLength([entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])].join(''));
  if (bytes > MAX_ENTRY_BYTES)
    return refuse('InvalidArgument', `Total size of the entry is ${bytes} bytes; ${MAX_ENTRY_BYTES} are the most.`);
  try {
    const detail: unknown = JSON.parse(entry.Detail);
    return typeof detail === 'object' && detail !== null
      ? undefined
      : refuse('MalformedDetail', 'Detail is malformed.');
  } catch {
    return refuse('MalformedDetail', 'Detail is malformed.');
  }
}
