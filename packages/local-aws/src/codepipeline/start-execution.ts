import type { StartPipelineExecutionCommandInput } from '@aws-sdk/client-codepipeline';
import type { Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';
import type { StartRequest } from './engine-contract.ts';
import { limits } from './limits.ts';
import { type Api, pipelineNamed } from './operation.ts';
import type { ExecutionRecord, PipelineRecord } from './records.ts';
import { executionsOf } from './store.ts';

const TOKEN = /^[a-zA-Z0-9-]{1,128}$/;

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** By provider, what the source of an execution may be set to. */
const OVERRIDES: Readonly<Record<string, readonly string[]>> = {
  S3: ['S3_OBJECT_VERSION_ID', 'S3_OBJECT_KEY'],
  CodeStarSourceConnection: ['COMMIT_ID'],
};

/** StartPipelineExecution: the same token for the same pipeline gives the execution it gave before. */
export function startExecution(
  api: Api,
  input: StartPipelineExecutionCommandInput,
  caller: Principal,
): ExecutionRecord {
  const pipeline = pipelineNamed(api, input.name);
  const token = input.clientRequestToken;
  if (token !== undefined && !TOKEN.test(token))
    throw invalid(`clientRequestToken '${token}' must be 1 to 128 of a-z, A-Z, 0-9 and -.`);

  const earlier = executionsOf(api.store, pipeline.declaration.name);
  const same = token === undefined ? undefined : earlier.find((e) => e.clientRequestToken === token);
  if (same !== undefined) return same;

  const variables = checkVariables(pipeline, input.variables ?? []);
  const overrides = checkOverrides(pipeline, input.sourceRevisions ?? []);
  return startChecked(api, pipeline, {
    trigger: triggerOf(caller),
    variables,
    overrides,
    ...(token === undefined ? {} : { clientRequestToken: token }),
  });
}

/** Starts unless the pipeline has as many executions as its mode allows. */
export function startChecked(api: Api, pipeline: PipelineRecord, request: StartRequest): ExecutionRecord {
  const { name, executionMode } = pipeline.declaration;
  const open = executionsOf(api.store, name).filter((e) => e.phase !== 'ended').length;
  if (executionMode !== 'SUPERSEDED' && open >= limits.concurrentExecutions) {
    throw new ServiceError(
      'ConcurrentPipelineExecutionsLimitExceededException',
      `Pipeline '${name}' has ${open} executions in progress; at most ${limits.concurrentExecutions} are allowed.`,
    );
  }
  const missing = (pipeline.declaration.variables ?? []).filter(
    (v) => v.defaultValue === undefined && request.variables?.[v.name ?? ''] === undefined,
  );
  if (missing.length > 0) throw invalid(`Variables without a value: ${missing.map((v) => v.name).join(', ')}.`);
  return api.engine.start(pipeline, request);
}

/** EventBridge acts through a rule's role in a session that it names after itself; anybody else started it by hand. */
function triggerOf(caller: Principal): ExecutionRecord['trigger'] {
  const byEvents = caller.kind === 'service' ? caller.arn.startsWith('events.') : /\/events[.-]/.test(caller.arn);
  return { type: byEvents ? 'CloudWatchEvent' : 'StartPipelineExecution', detail: caller.arn };
}

function checkVariables(
  pipeline: PipelineRecord,
  given: NonNullable<StartPipelineExecutionCommandInput['variables']>,
): Record<string, string> {
  const declared = new Set((pipeline.declaration.variables ?? []).map((variable) => variable.name));
  const result: Record<string, string> = {};
  for (const { name = '', value = '' } of given) {
    if (!declared.has(name))
      throw invalid(`Pipeline '${pipeline.declaration.name}' does not declare the variable '${name}'.`);
    if (Object.hasOwn(result, name)) throw invalid(`The variable '${name}' is given twice.`);
    if (value.length < 1 || value.length > 1_000)
      throw invalid(`The value of variable '${name}' must have 1 to 1000 characters.`);
    result[name] = value;
  }
  return result;
}

function checkOverrides(
  pipeline: PipelineRecord,
  given: NonNullable<StartPipelineExecutionCommandInput['sourceRevisions']>,
): ExecutionRecord['overrides'] {
  const sources = pipeline.declaration.stages[0]?.actions ?? [];
  const result: ExecutionRecord['overrides'] = {};
  for (const { actionName = '', revisionType = 'COMMIT_ID', revisionValue = '' } of given) {
    const action = sources.find((source) => source.name === actionName);
    if (action === undefined)
      throw invalid(`Pipeline '${pipeline.declaration.name}' has no source action '${actionName}'.`);
    const { owner, provider } = action.actionTypeId;
    if (owner !== 'AWS' || OVERRIDES[provider]?.includes(revisionType) !== true) {
      throw invalid(
        `sourceRevisions of type ${revisionType} cannot be given to action '${actionName}' (${provider}); only S3 and CodeStarSourceConnection sources take their own here.`,
      );
    }
    if (revisionType === 'COMMIT_ID' && !COMMIT.test(revisionValue)) {
      throw invalid(`The commit '${revisionValue}' for action '${actionName}' must be a full SHA.`);
    }
    if (revisionType === 'S3_OBJECT_KEY' && action.configuration?.AllowOverrideForS3ObjectKey !== 'true') {
      throw invalid(
        `Action '${actionName}' does not allow another object key: set AllowOverrideForS3ObjectKey to true.`,
      );
    }
    result[actionName] = { type: revisionType, value: revisionValue };
  }
  return result;
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
