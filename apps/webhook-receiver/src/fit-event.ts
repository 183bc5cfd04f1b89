import type { GitEvent } from '@gitsource/events';

/** Of a whole EventBridge entry: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
export const MAX_ENTRY_BYTES = 256 * 1024;
/** What EventBridge itself puts around the detail when it hands the event on. */
const ENVELOPE_BYTES = 2048;

/** The event as JSON that fits into one entry: paths that do not fit are left out, and it says so. */
export function fitEvent(event: GitEvent, maxBytes = MAX_ENTRY_BYTES - ENVELOPE_BYTES): string {
  const whole = JSON.stringify(event);
  if (Buffer.byteLength(whole) <= maxBytes) return whole;
  const room =
    maxBytes - Buffer.byteLength(JSON.stringify({ ...event, changedPaths: [], changedPathsComplete: false }));
  return JSON.stringify({
    ...event,
    changedPaths: firstThatFit(event.changedPaths, room),
    changedPathsComplete: false,
  });
}

function firstThatFit(paths: readonly string[], room: number): readonly string[] {
  let bytes = 0;
  const end = paths.findIndex((path) => {
    bytes += Buffer.byteLength(JSON.stringify(path)) + 1;
    return bytes > room;
  });
  return end === -1 ? paths : paths.slice(0, end);
}
