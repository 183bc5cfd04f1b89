import type { BatchGetBuildsOutput, Build, StartBuildOutput } from '@aws-sdk/client-codebuild';
import type { Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';
import type { Outcome } from './action-runs.ts';
import { type BuildHandover, buildHandovers, type HandoverVariable } from './build-handover.ts';
import type { Engine, Runner } from './engine-contract.ts';
import type { ActionRunRecord, ExecutionRecord } from './records.ts';
import { type Context, roleOfRun } from './store.ts';

/** A longer build is asked for less often, up to this; the end is seen within 5 % of the build's time. */
const MAX_BUILD_POLL_MS = 2_000;

/** Starts a build as the pipeline's role and asks for it until it ends. A run that has a build already only asks. */
export function codeBuildRunner(context: Context, engine: Engine): Runner {
  return (execution, run) => {
    build(context, execution, run).then(
      (outcome) => outcome && engine.finish(run.id, outcome),
      (error: unknown) => engine.finish(run.id, { status: 'Failed', error: errorDetails(error) }),
    );
  };
}

/** Undefined when nobody waits for the build any more. */
async function build(context: Context, execution: ExecutionRecord, run: ActionRunRecord): Promise<Outcome | undefined> {
  const principal = await pipelinePrincipal(context, execution, run);
  const ask = <O>(operation: string, input: object) => context.cloud.call<O>(principal, 'codebuild', operation, input);
  const id = run.buildId ?? (await startBuild(context, execution, run, ask));
  for (;;) {
    // An abandoned action leaves its build running, as on AWS.
    if (context.store.actionRuns.get(run.id)?.status !== 'InProgress') return undefined;
    const { builds } = await ask<BatchGetBuildsOutput>('BatchGetBuilds', { ids: [id] });
    const found = builds?.[0];
    if (found === undefined) throw new ServiceError('JobFailed', `The build ${id} no longer exists.`);
    if (found.buildStatus !== undefined && found.buildStatus !== 'IN_PROGRESS') return outcomeOf(found);
    const elapsedMs = context.cloud.now() - run.startTime;
    await context.timers.wait(Math.min(Math.max(context.times.buildPollMs, elapsedMs / 20), MAX_BUILD_POLL_MS));
  }
}

type Ask = <O>(operation: string, input: object) => Promise<O>;

async function startBuild(
  context: Context,
  execution: ExecutionRecord,
  run: ActionRunRecord,
  ask: Ask,
): Promise<string> {
  buildHandovers(context.cloud).set(run.id, handoverOf(execution, run));
  const input = { projectName: run.resolvedConfiguration.ProjectName ?? '', idempotencyToken: run.id };
  const started = await ask<StartBuildOutput>('StartBuild', input);
  const id = started.build?.id ?? '';
  run.buildId = id;
  run.externalExecutionId = id;
  context.store.actionRuns.set(run.id, run);
  return id;
}

export function handoverOf(execution: ExecutionRecord, run: ActionRunRecord): BuildHandover {
  const configured = run.resolvedConfiguration;
  const primarySource = configured.PrimarySource ?? run.inputs[0]?.name ?? '';
  if (!run.inputs.some((input) => input.name === primarySource)) {
    throw new ServiceError(
      'ConfigurationError',
      `PrimarySource '${primarySource}' is not an input artifact of action '${run.actionName}'.`,
    );
  }
  for (const key of ['BatchEnabled', 'CombineArtifacts']) {
    if (configured[key]?.toLowerCase() === 'true') {
      throw new ServiceError('ConfigurationError', `${key} is not available in the embedded AWS.`);
    }
  }
  const key = execution.declaration.artifactStore?.encryptionKey?.id;
  const revision = execution.revisions[primarySource]?.revisionId;
  return {
    inputArtifacts: run.inputs,
    primarySource,
    outputArtifacts: run.outputs,
    ...(key === undefined ? {} : { encryptionKey: key }),
    environmentVariables: parseEnvironment(configured.EnvironmentVariables),
    pipelineName: execution.pipelineName,
    pipelineExecutionId: execution.id,
    actionExecutionId: run.id,
    initiator: `codepipeline/${execution.pipelineName}`,
    ...(revision === undefined ? {} : { resolvedSourceVersion: revision }),
  };
}

const TYPES = ['PLAINTEXT', 'PARAMETER_STORE', 'SECRETS_MANAGER'];

/** `[{"name":"STAGE","value":"test","type":"PLAINTEXT"}]` */
export function parseEnvironment(text: string | undefined): HandoverVariable[] {
  if (text === undefined || text === '') return [];
  const bad = (): ServiceError =>
    new ServiceError(
      'ConfigurationError',
      'EnvironmentVariables must be a JSON list of {"name", "value", "type"}; type is PLAINTEXT, PARAMETER_STORE or SECRETS_MANAGER.',
    );
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw bad();
  }
  if (!Array.isArray(parsed)) throw bad();
  return parsed.map((item: unknown) => {
    if (!isVariable(item)) throw bad();
    return { name: item.name, value: item.value, type: item.type ?? 'PLAINTEXT' };
  });
}

function isVariable(item: unknown): item is Omit<HandoverVariable, 'type'> & Partial<HandoverVariable> {
  if (typeof item !== 'object' || item === null || !('name' in item) || !('value' in item)) return false;
  const type = 'type' in item ? item.type : 'PLAINTEXT';
  return (
    typeof item.name === 'string' && typeof item.value === 'string' && typeof type === 'string' && TYPES.includes(type)
  );
}

/** Policies are read at each call, so one session is enough for a build that runs for hours. */
export async function pipelinePrincipal(
  context: Context,
  execution: ExecutionRecord,
  run: ActionRunRecord,
): Promise<Principal> {
  const roleArn = roleOfRun(execution, run.roleArn);
  const assumed = await context.cloud.identities.assumeRole(roleArn, execution.id, 'codepipeline.amazonaws.com');
  return assumed.principal;
}

function outcomeOf(build: Build): Outcome {
  const common = { externalExecutionId: build.id, externalExecutionUrl: build.logs?.deepLink };
  if (build.buildStatus === 'SUCCEEDED') {
    const exported = (build.exportedEnvironmentVariables ?? []).map((v) => [v.name ?? '', v.value ?? ''] as const);
    return { ...common, status: 'Succeeded', outputVariables: Object.fromEntries(exported) };
  }
  const phase = build.phases?.findLast((p) => p.phaseStatus !== undefined && p.phaseStatus !== 'SUCCEEDED');
  const context = phase?.contexts?.find((c) => (c.message ?? '') !== '')?.message;
  const where = phase === undefined ? '' : ` in phase ${phase.phaseType}`;
  const message = `Build ${build.id} ended with ${build.buildStatus}${where}${context === undefined ? '' : `: ${context}`}`;
  return { ...common, status: 'Failed', error: { code: 'JobFailed', message } };
}

/** What an action's error says when a call on AWS was refused. */
export function errorDetails(error: unknown): { code: string; message: string } {
  if (!(error instanceof ServiceError)) return { code: 'SystemUnavailable', message: String(error) };
  const denied = /AccessDenied|NotAuthorized/.test(error.code);
  const code = denied ? 'PermissionError' : error.code === 'ConfigurationError' ? error.code : 'JobFailed';
  return { code, message: `${error.code}: ${error.message}` };
}
