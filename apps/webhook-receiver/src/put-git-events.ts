import { PutEventsCommand, type PutEventsRequestEntry, type PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import type { GitEvent } from '@gitsource/events';
import { readAwsFailure } from '@gitsource/runtime';
import { WebhookReceiverError } from './errors.ts';
import { fitEvent, MAX_ENTRY_BYTES } from './fit-event.ts';
import type { Ports } from './ports.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MAX_ENTRIES = 10;
/** A delivery of 6 MB names up to 40,000 refs; one call after the other, they would outlast the function. */
const MAX_CALLS_AT_ONCE = 16;
/** Entries can fail one by one, and those are sent again; together under the 10 seconds that most servers wait. */
const RETRY_WAITS_MS = [100, 400, 1000];

/**
 * Puts one event for each changed ref and returns their IDs in that order.
 * Throws `webhook-receiver/events-not-put` while any of them is missing: the sender delivers again, and the starts that
 * happened are recognised by their delivery.
 */
export async function putGitEvents(ports: Ports, busName: string, events: readonly GitEvent[]): Promise<string[]> {
  const entries = events.map((event) => ({
    EventBusName: busName,
    Source: 'gitsource',
    DetailType: event.pullRequest === undefined ? 'Git Push' : 'Git Pull Request',
    Detail: fitEvent(event),
  }));
  const ids = new Map<PutEventsRequestEntry, string>();
  let failure = await putOnce(ports, entries, ids);
  for (const waitMs of RETRY_WAITS_MS) {
    if (failure === undefined) break;
    await ports.sleep(waitMs * (0.5 + ports.random() / 2));
    const missing = entries.filter((entry) => !ids.has(entry));
    failure = await putOnce(ports, missing, ids);
  }
  if (failure !== undefined) throw notPut(busName, failure, entries.length - ids.size, entries.length);
  return entries.map((entry) => ids.get(entry) ?? '');
}

/** Returns the reason why some are still missing. */
async function putOnce(
  { eventBridge }: Ports,
  entries: readonly PutEventsRequestEntry[],
  ids: Map<PutEventsRequestEntry, string>,
): Promise<unknown> {
  let failure: unknown;
  const put = async (batch: PutEventsRequestEntry[]) => {
    try {
      const { Entries = [] } = await eventBridge.send(new PutEventsCommand({ Entries: batch }));
      batch.forEach((entry, index) => {
        const result: PutEventsResultEntry | undefined = Entries[index];
        if (result?.EventId === undefined) failure = result?.ErrorCode ?? 'no answer';
        else ids.set(entry, result.EventId);
      });
    } catch (error) {
      failure = error;
    }
  };
  const waiting = batches(entries).values();
  const putWaiting = async () => {
    // All of them take from one iterator, each batch once.
    for (const batch of waiting) await put(batch);
  };
  await Promise.all(Array.from({ length: MAX_CALLS_AT_ONCE }, putWaiting));
  return failure;
}

/** Up to ten entries, and up to 256 KB of them, for each call. */
function batches(entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const result: PutEventsRequestEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(`${entry.Source}${entry.DetailType}${entry.Detail}`);
    const last = result.at(-1);
    if (last === undefined || last.length === MAX_ENTRIES || bytes + size > MAX_ENTRY_BYTES) {
      result.push([entry]);
      bytes = size;
    } else {
      last.push(entry);
      bytes += size;
    }
  }
  return result;
}

function notPut(busName: string, failure: unknown, missing: number, all: number): WebhookReceiverError {
  const aws = readAwsFailure(failure);
  const reason = aws?.name ?? String(failure);
  return new WebhookReceiverError(
    'webhook-receiver/events-not-put',
    aws?.fault === 'permission' ? 'permission' : 'unavailable',
    `${missing} of ${all} events could not be put on the bus ${busName} (${reason}). The sender was told to deliver again; if it stays so, check the bus and the function's events:PutEvents permission.`,
    { cause: failure },
  );
}
