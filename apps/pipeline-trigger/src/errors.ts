import { CodedError, type CodedErrorOptions, type Fault } from '@gitsource/events';
import { readAwsFailure } from '@gitsource/runtime';

/** Every code of this app and whose move it is. */
const FAULTS = {
  'pipeline-trigger/input-invalid': 'configuration',
  'pipeline-trigger/path-pattern-invalid': 'configuration',
  'pipeline-trigger/pipeline-missing': 'configuration',
  'pipeline-trigger/access-denied': 'permission',
  'pipeline-trigger/start-refused': 'configuration',
  'pipeline-trigger/pipeline-busy': 'unavailable',
  'pipeline-trigger/aws-unavailable': 'unavailable',
} as const satisfies Record<string, Fault>;

export type PipelineTriggerErrorCode = keyof typeof FAULTS;

/** An event that started no pipeline although it should have; `retryable` tells whether the same event may yet. */
export class PipelineTriggerError extends CodedError {
  declare readonly code: PipelineTriggerErrorCode;

  constructor(code: PipelineTriggerErrorCode, message: string, options: Partial<CodedErrorOptions> = {}) {
    super(code, message, { fault: FAULTS[code], ...options });
  }
}

/** https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StartPipelineExecution.html#API_StartPipelineExecution_Errors */
const BUSY = /^(?:ConflictException|ConcurrentPipelineExecutionsLimitExceededException)$/;

/** The coded form of a failed call about one pipeline; an error that no AWS client made stays what it is. */
export function pipelineCallError(call: string, pipelineName: string, error: unknown): unknown {
  const failure = readAwsFailure(error);
  if (failure === undefined) return error;
  const said = `${failure.name}: ${failure.message}`;
  const coded = (code: PipelineTriggerErrorCode, message: string) =>
    new PipelineTriggerError(code, message, { cause: error });
  if (failure.name === 'PipelineNotFoundException') {
    const remedy = "Correct the rule's pipelineName, or delete the rule";
    return coded('pipeline-trigger/pipeline-missing', `There is no pipeline ${pipelineName}. ${remedy}.`);
  }
  if (BUSY.test(failure.name)) {
    return coded('pipeline-trigger/pipeline-busy', `The pipeline ${pipelineName} takes no execution now (${said}).`);
  }
  if (failure.fault === 'unavailable') {
    return coded('pipeline-trigger/aws-unavailable', `AWS could not do ${call} on ${pipelineName} now (${said}).`);
  }
  if (failure.fault === 'permission') {
    const remedy = `Allow codepipeline:${call} on it in the role of the trigger`;
    return coded('pipeline-trigger/access-denied', `AWS refused ${call} on ${pipelineName} (${said}). ${remedy}.`);
  }
  return coded('pipeline-trigger/start-refused', `AWS could not do ${call} on ${pipelineName} (${said}).`);
}
