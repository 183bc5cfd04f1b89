import type { PollForJobsCommandInput, PutJobSuccessResultCommandInput } from '@aws-sdk/client-codepipeline';
import { ServiceError } from '../cloud/service.ts';
import { actionTypeOf, typeKey } from './action-types.ts';
import { readTypeId } from './declaration.ts';
import { limits } from './limits.ts';
import type { Context } from './store.ts';

const QUERY_VALUE = /^[a-zA-Z0-9_-]+$/;
const VARIABLE_KEY = /^[A-Za-z0-9@\-_]+$/;

/** The rules of `queryParam`: exactly the queryable property where the type has one, nothing otherwise. */
export function checkPoll(
  context: Context,
  input: PollForJobsCommandInput,
): { type: string; query: Record<string, string> } {
  const id = readTypeId(input.actionTypeId);
  const type = actionTypeOf(context, id);
  if (type === undefined || id.owner !== 'Custom') {
    throw new ServiceError('ActionTypeNotFoundException', `There is no custom action type ${typeKey(id)}.`);
  }
  if ((input.maxBatchSize ?? 1) < 1) throw invalid('maxBatchSize must be 1 or more.');
  const queryable = type.properties.find((property) => property.queryable === true)?.name;
  const query = input.queryParam ?? {};
  const keys = Object.keys(query);
  if (queryable === undefined && keys.length > 0) {
    throw invalid(`The action type ${typeKey(id)} has no queryable property, so queryParam must be empty.`);
  }
  if (queryable !== undefined && (keys.length !== 1 || keys[0] !== queryable)) {
    throw invalid(`queryParam must name the queryable property ${queryable} of ${typeKey(id)} and nothing else.`);
  }
  for (const value of Object.values(query)) {
    if (value.length > limits.queryValueChars || !QUERY_VALUE.test(value)) {
      throw invalid(
        `The queryParam value '${value}' must be 1 to ${limits.queryValueChars} of a-z, A-Z, 0-9, _ and -.`,
      );
    }
  }
  return { type: typeKey(id), query };
}

export function checkSuccess(input: PutJobSuccessResultCommandInput): void {
  const variables = Object.entries(input.outputVariables ?? {});
  if (variables.length > 0 && input.continuationToken !== undefined) {
    throw invalid('outputVariables can be given only without a continuationToken.');
  }
  for (const [key] of variables) {
    if (!VARIABLE_KEY.test(key))
      throw invalid(`The output variable name '${key}' must be of A-Z, a-z, 0-9, @, - and _.`);
  }
  const bytes = variables.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (bytes > limits.outputVariablesBytes) {
    const message = `The output variables have ${bytes} bytes; an action may have ${limits.outputVariablesBytes}.`;
    throw new ServiceError('OutputVariablesSizeExceededException', message);
  }
  checkLength('currentRevision.revision', input.currentRevision?.revision, 1_500);
  checkLength('currentRevision.changeIdentifier', input.currentRevision?.changeIdentifier, 100);
  checkLength('currentRevision.revisionSummary', input.currentRevision?.revisionSummary, limits.summaryChars);
  checkLength('executionDetails.summary', input.executionDetails?.summary, limits.summaryChars);
  checkLength('executionDetails.externalExecutionId', input.executionDetails?.externalExecutionId, 1_500);
  checkLength('continuationToken', input.continuationToken, 2_048);
  const percent = input.executionDetails?.percentComplete;
  if (percent !== undefined && (percent < 0 || percent > 100)) throw invalid('percentComplete must be 0 to 100.');
}

export function checkLength(name: string, value: string | undefined, maxChars: number): void {
  if (value === undefined) return;
  if (value.length < 1 || value.length > maxChars) {
    throw invalid(`${name} has ${value.length} characters; it must have 1 to ${maxChars}.`);
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
