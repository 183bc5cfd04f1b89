import { CodedError, parseGitEvent } from '@gitsource/events';
import { type LogFields, putDeadLetter } from '@gitsource/runtime';
import type { Config } from './config.ts';
import { downloadArchive } from './download-archive.ts';
import { ArchiveDownloadError } from './errors.ts';
import type { Ports } from './ports.ts';

/** As much of Lambda's context as says how long there is. */
export interface Remaining {
  getRemainingTimeInMillis(): number;
}

/** Enough to abort the upload and to say why, before Lambda ends the program. */
const RESERVE_MS = 10_000;

/**
 * One event of the bus. What may succeed later is thrown, so that Lambda tries again and at last tells the function's
 * on-failure destination; what cannot goes to the dead-letter queue at once, and the invocation ends well.
 */
export function createHandler(ports: Ports, config: Config) {
  return async (input: unknown, context: Remaining): Promise<void> => {
    let fields: LogFields = {};
    try {
      const event = parseGitEvent(detailOf(input));
      const { deliveryId, ref, repository } = event;
      fields = { deliveryId, ref, repository: repository.path };
      if (event.deleted) return ports.log.info('ref deleted, its last zip stays', { ...fields, outcome: 'deleted' });
      const signal = deadline(context.getRemainingTimeInMillis() - RESERVE_MS);
      const { kind, ...outcome } = await downloadArchive(ports, config, event, signal);
      ports.log.info('event done', { ...fields, outcome: kind, ...outcome });
    } catch (error) {
      if (!(error instanceof CodedError) || error.retryable) {
        ports.log.warn('event failed; Lambda tries again', { ...fields, outcome: 'retry', error });
        throw withCodeAsName(error);
      }
      const queue = { sqs: ports.sqs, queueUrl: config.deadLetterQueueUrl };
      await putDeadLetter(queue, error, typeof input === 'object' && input !== null ? [input] : []);
      ports.log.warn('event went to the dead-letter queue', { ...fields, outcome: 'dead-letter', error });
    }
  };
}

/** Of an error, Lambda tells the on-failure destination name and message; the code is what people look up. */
function withCodeAsName(error: unknown): unknown {
  return error instanceof CodedError ? Object.assign(error, { name: error.code }) : error;
}

/** The detail of an event as EventBridge delivers it. */
function detailOf(input: unknown): unknown {
  return typeof input === 'object' && input !== null && 'detail' in input ? input.detail : undefined;
}

function deadline(ms: number): AbortSignal {
  const controller = new AbortController();
  const reason = new ArchiveDownloadError(
    'archive-download/timed-out',
    'The archive did not arrive in the time of the function. Raise its timeout (15 minutes at most), or use git pull for this repository.',
  );
  setTimeout(() => controller.abort(reason), Math.max(ms, 0)).unref();
  return controller.signal;
}
