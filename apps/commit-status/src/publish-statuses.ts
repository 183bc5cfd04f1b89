import { CodedError } from '@gitsource/events';
import type { ConnectionDirectory } from './connection-directory.ts';
import type { Ports } from './ports.ts';
import { publishStatus } from './publish-status.ts';
import { isSameStatus, statusKey, type WantedStatus } from './wanted-status.ts';

/** What one event has published up to now. */
export interface Publication {
  /** By key, the last that was taken. */
  readonly shown: Map<string, WantedStatus>;
  /** By key, why a status is not taken and never will be. */
  readonly refused: Map<string, CodedError>;
}

/** What still has to be published so that it is as wanted. */
export function dueStatuses({ refused, shown }: Publication, wanted: readonly WantedStatus[]): readonly WantedStatus[] {
  return wanted.filter((status) => {
    const key = statusKey(status);
    return !refused.has(key) && !isSameStatus(shown.get(key), status);
  });
}

/** One that no retry can help does not keep the others from being shown. Throws what may succeed later, at the end. */
export async function publishStatuses(
  ports: Ports,
  directory: ConnectionDirectory,
  publication: Publication,
  due: readonly WantedStatus[],
  signal: AbortSignal,
): Promise<void> {
  const failures: unknown[] = [];
  for (const status of due) {
    try {
      await publishStatus(ports, directory, status, signal);
      publication.shown.set(statusKey(status), status);
    } catch (error) {
      if (error instanceof CodedError && !error.retryable) publication.refused.set(statusKey(status), error);
      else failures.push(error);
    }
  }
  for (const error of failures) throw error;
}
