import { CodedError, type GitEvent } from '@gitsource/events';
import type { Config } from './config.ts';
import { decideStart } from './decide-start.ts';
import { parseTriggerInput } from './parse-trigger-input.ts';
import type { Ports } from './ports.ts';
import { putDeadLetter } from './put-dead-letter.ts';
import { startPipeline } from './start-pipeline.ts';

/**
 * One event for one pipeline. What may succeed later is thrown, so that Lambda tries again and at last tells the
 * function's on-failure destination; what cannot goes to the dead-letter queue at once, and the invocation ends well.
 */
export function createHandler(ports: Ports, config: Config): (input: unknown) => Promise<void> {
  return async (value) => {
    let fields: LogFields = {};
    try {
      const input = parseTriggerInput(value);
      fields = logFields(input.event, input.pipelineName);
      const decision = decideStart(input.event, input.filter);
      if (decision.kind === 'skip') {
        ports.log.info('event starts nothing', { ...fields, outcome: 'skipped', reason: decision.reason });
        return;
      }
      const executionId = await startPipeline(ports, { ...input, decision });
      ports.log.info('pipeline started', { ...fields, outcome: 'started', executionId });
    } catch (error) {
      if (!(error instanceof CodedError) || error.retryable) {
        ports.log.warn('pipeline did not start; Lambda tries again', { ...fields, outcome: 'retry', error });
        throw error;
      }
      await putDeadLetter(ports, config, value, error);
      ports.log.warn('event went to the dead-letter queue', { ...fields, outcome: 'dead-letter', error });
    }
  };
}

type LogFields = Readonly<Record<string, string>>;

function logFields({ deliveryId, repository, ref }: GitEvent, pipelineName: string): LogFields {
  return { deliveryId, repository: repository.path, ref, pipelineName };
}
