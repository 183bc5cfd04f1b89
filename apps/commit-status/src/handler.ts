import { CodedError, type CodePipelineStateEvent, parseCodePipelineStateEvent } from '@gitsource/events';
import { type LogFields, putDeadLetter } from '@gitsource/runtime';
import type { Config } from './config.ts';
import { createTagFilter } from './create-tag-filter.ts';
import { CommitStatusError } from './errors.ts';
import { eventOf } from './event-of.ts';
import { ExecutionDisplay } from './execution-display.ts';
import type { Ports } from './ports.ts';

/** As much of Lambda's context as says how long there is. */
export interface Remaining {
  getRemainingTimeInMillis(): number;
}

/** Enough to end what is under way and to say why, before Lambda ends the program. */
const RESERVE_MS = 5_000;

/**
 * One event of CodePipeline. What may succeed later is thrown, so that Lambda tries again and at last tells the function's
 * on-failure destination; what cannot goes to the dead-letter queue at once, and the invocation ends well.
 */
export function createHandler(ports: Ports, config: Config) {
  const display = new ExecutionDisplay(ports, config);
  const isTagged = createTagFilter(ports, config.pipelineTag);

  return async (input: unknown, context: Remaining): Promise<void> => {
    let fields: LogFields = {};
    try {
      const event = parseCodePipelineStateEvent(eventOf(input));
      const { actionName, executionId, pipelineName, stageName, state } = event;
      fields = { pipelineName, executionId, stageName, actionName, state };
      if (!concerns(event, config) || !(await isTagged(event))) {
        return ports.log.debug('event shows nothing', { ...fields, outcome: 'ignored' });
      }
      const signal = deadline(context.getRemainingTimeInMillis() - RESERVE_MS);
      ports.log.info('event done', { ...fields, ...(await display.show(event, signal)) });
    } catch (error) {
      if (!(error instanceof CodedError) || error.retryable) {
        ports.log.warn('event failed; Lambda tries again', { ...fields, outcome: 'retry', error });
        throw error;
      }
      const queue = { sqs: ports.sqs, queueUrl: config.deadLetterQueueUrl };
      await putDeadLetter(queue, error, deadLetterOf(input));
      ports.log.warn('event went to the dead-letter queue', { ...fields, outcome: 'dead-letter', error });
    }
  };
}

function concerns({ actionCategory, level, state }: CodePipelineStateEvent, { stageStatuses }: Config): boolean {
  if (level === 'action') return actionCategory === 'Source' && state === 'SUCCEEDED';
  return level === 'pipeline' || stageStatuses;
}

function deadLetterOf(input: unknown): object[] {
  const event = eventOf(input);
  return typeof event === 'object' && event !== null ? [event] : [];
}

function deadline(ms: number): AbortSignal {
  const controller = new AbortController();
  const reason = new CommitStatusError(
    'commit-status/timed-out',
    'The provider took no status in the time of the function. It is tried again.',
  );
  setTimeout(() => controller.abort(reason), Math.max(ms, 0)).unref();
  return controller.signal;
}
