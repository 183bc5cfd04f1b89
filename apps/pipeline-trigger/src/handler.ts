import { CodedError } from '@gitsource/events';
import { putDeadLetter } from '@gitsource/runtime';
import type { Config } from './config.ts';
import { deadLetterInputs } from './dead-letter-inputs.ts';
import { decideStart } from './decide-start.ts';
import { type LogFields, readLogFields } from './log-fields.ts';
import { parseTriggerInput } from './parse-trigger-input.ts';
import type { Ports } from './ports.ts';
import { startPipeline } from './start-pipeline.ts';

/**
 * One event for one pipeline. What may succeed later is thrown, so that Lambda tries again and at last tells the
 * function's on-failure destination; what cannot goes to the dead-letter queue at once, and the invocation ends well.
 */
export function createHandler(ports: Ports, config: Config): (input: unknown) => Promise<void> {
  return async (input) => {
    const fields = readLogFields(input);
    try {
      await decideAndStart(ports, fields, input).catch(async (error: unknown) => {
        if (!(error instanceof CodedError) || error.retryable) throw error;
        const queue = { sqs: ports.sqs, queueUrl: config.deadLetterQueueUrl };
        await putDeadLetter(queue, error, deadLetterInputs(input));
        ports.log.warn('event went to the dead-letter queue', { ...fields, outcome: 'dead-letter', error });
      });
    } catch (error) {
      const write = error instanceof CodedError ? ports.log.warn : ports.log.error;
      write('pipeline did not start; Lambda tries again', { ...fields, outcome: 'retry', error });
      throw error;
    }
  };
}

async function decideAndStart(ports: Ports, fields: LogFields, input: unknown): Promise<void> {
  const { pipelineName, filter, event } = parseTriggerInput(input);
  const decision = decideStart(event, filter);
  if (decision.kind === 'skip') {
    ports.log.info('event starts nothing', { ...fields, outcome: 'skipped', reason: decision.reason });
  } else {
    const executionId = await startPipeline(ports, { pipelineName, event, decision });
    ports.log.info('pipeline started', { ...fields, outcome: 'started', executionId });
  }
}
