import { CodedError } from '@gitsource/events';
import { failureDetails } from '@gitsource/job-protocol';
import type { PushPorts } from './ports.ts';

/** Before the second and the third attempt: time for a server that is restarted, or a line that was cut. */
const PAUSES_MS = [3_000, 15_000];

/** Does what may succeed later up to three times, with a line of the log for each failure that is not the last. */
export async function attemptDelivery<T>(
  { log, pause, signal }: Pick<PushPorts, 'log' | 'pause' | 'signal'>,
  deliver: () => Promise<T>,
): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await deliver();
    } catch (error) {
      if (!(error instanceof CodedError) || !error.retryable || signal.aborted) throw error;
      log.line(`Trying again in ${pauseMs / 1000} s: ${failureDetails(error).message}`);
      await pause(pauseMs);
    }
  }
  return deliver();
}
