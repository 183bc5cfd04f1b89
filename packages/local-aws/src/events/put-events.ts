import { randomUUID } from 'node:crypto';
import type * as events from '@aws-sdk/client-eventbridge';
import { operation, permit } from '../cloud/operation.ts';
import { type Call, type Operation, ServiceError } from '../cloud/service.ts';
import type { EventStore } from './event-store.ts';
import type { EventEnvelope } from './rule-record.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html; the newer, larger limit is not relied on. */
const MAX_REQUEST_BYTES = 256 * 1024;
const MAX_ENTRIES = 10;
/** What a given Time counts, see entrySize. */
const TIME_BYTES = 14;

/** How PutEvents misbehaves, for tests of what calls it. */
export interface PutEventsFaults {
  /**
   * Error code for an entry (`InternalFailure`, `ThrottlingException`), undefined to take it. `attempt` counts how
   * often the same entry came before: `(_entry, attempt) => (attempt === 0 ? 'InternalFailure' : undefined)`.
   */
  errorCode(entry: PutEntry, attempt: number): string | undefined;
}

/** An entry as a fault may look at it. */
export interface PutEntry {
  readonly source: string;
  readonly detailType: string;
  /** JSON text. */
  readonly detail: string;
  readonly busName: string;
}

type Route = (busName: string, event: EventEnvelope) => void;

/** PutEvents: each entry is taken or refused on its own; `aws.` sources are for services only. */
export function putEvents(store: EventStore, route: Route, faults?: PutEventsFaults): Operation {
  const attempts = new Map<string, number>();
  const faultOf = (entry: events.PutEventsRequestEntry): events.PutEventsResultEntry | undefined => {
    if (faults === undefined) return undefined;
    const { Source: source = '', DetailType: detailType = '', Detail: detail = '' } = entry;
    const seen = { source, detailType, detail, busName: store.busName(entry.EventBusName) };
    const key = JSON.stringify(seen);
    const attempt = attempts.get(key) ?? 0;
    attempts.set(key, attempt + 1);
    const ErrorCode = faults.errorCode(seen, attempt);
    return ErrorCode === undefined ? undefined : { ErrorCode, ErrorMessage: 'This entry is made to fail.' };
  };
  return operation(
    (input: events.PutEventsRequest) =>
      [...new Set((input.Entries ?? []).map((entry) => store.busName(entry.EventBusName)))].flatMap((name) =>
        permit('events:PutEvents', store.buses.get(name)?.arn ?? '*'),
      ),
    (input, call): events.PutEventsResponse => {
      const entries = checkedEntries(input);
      const results = entries.map(
        (entry) => problemOf(store, entry, call) ?? faultOf(entry) ?? put(store, route, entry),
      );
      return { Entries: results, FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length };
    },
  ) as Operation;
}

/** Throws where the request as a whole is refused. */
function checkedEntries({ Entries = [], EndpointId }: events.PutEventsRequest): events.PutEventsRequestEntry[] {
  const invalid = (message: string) => new ServiceError('ValidationException', message);
  if (EndpointId !== undefined) throw invalid('local-aws has no global endpoints: leave out EndpointId');
  if (Entries.length < 1 || Entries.length > MAX_ENTRIES) {
    throw invalid(`PutEvents takes 1 to ${MAX_ENTRIES} entries, not ${Entries.length}`);
  }
  const bytes = Entries.reduce((sum, entry) => sum + entrySize(entry), 0);
  if (bytes <= MAX_REQUEST_BYTES) return Entries;
  throw invalid(
    `Total size of the entries in the request is over the limit: ${bytes} bytes, of at most ${MAX_REQUEST_BYTES}.`,
  );
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
function entrySize(entry: events.PutEventsRequestEntry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0);
  return bytes + (entry.Time === undefined ? 0 : TIME_BYTES);
}

function put(store: EventStore, route: Route, entry: events.PutEventsRequestEntry): events.PutEventsResultEntry {
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
  return isJsonObject(entry.Detail) ? undefined : refuse('MalformedDetail', 'Detail is malformed.');
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
