import { randomBytes, randomUUID } from 'node:crypto';
import type { ActionDeclaration } from './declaration.ts';
import { emitAction } from './emit-events.ts';
import type { Engine, Runner } from './engine-contract.ts';
import { limits } from './limits.ts';
import type { ActionRunRecord, ArtifactPlace, ExecutionRecord, StageRun } from './records.ts';
import { resolveVariables, type VariableScopes } from './resolve-variables.ts';
import type { Context } from './store.ts';

/** Records an action execution, says STARTED and hands it to the runner of its type. */
export function startRun(
  context: Context,
  execution: ExecutionRecord,
  stageRun: StageRun,
  action: ActionDeclaration,
  engine: Engine,
  runnerOf: (run: ActionRunRecord) => Runner,
): void {
  const { store } = context;
  const { configuration, problems } = resolveConfiguration(execution, action);
  const run = newRun(context, execution, stageRun, action, configuration);
  stageRun.actions[action.name] = run.id;
  store.actionRuns.set(run.id, run);
  store.executions.set(execution.id, execution);
  emitAction(context, execution, run, 'STARTED');
  problems.push(...cloneProblems(run));
  if (problems.length === 0) {
    runnerOf(run)(execution, run);
    return;
  }
  const error = { code: 'ConfigurationError', message: problems.join(' ') };
  // Later, because the stage may still be starting its other actions.
  context.timers.after(0, () => engine.finish(run.id, { status: 'Failed', error }));
}

/**
 * "Attempting to pass a Git URL reference to non-CodeBuild actions results in an error", in words that AWS does not publish:
 * https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
 */
function cloneProblems({ typeId, actionName, inputs }: ActionRunRecord): string[] {
  if (typeId.owner === 'AWS' && typeId.provider === 'CodeBuild') return [];
  return inputs
    .filter(({ isClonePointer }) => isClonePointer === true)
    .map(({ name }) => `Artifact ${name} is CODEBUILD_CLONE_REF: only CodeBuild can use it, not action ${actionName}.`);
}

function resolveConfiguration(
  execution: ExecutionRecord,
  action: ActionDeclaration,
): { configuration: Record<string, string>; problems: string[] } {
  const scopes: VariableScopes = {
    ...execution.namespaces,
    variables: execution.variables,
    codepipeline: { PipelineExecutionId: execution.id },
  };
  const problems: string[] = [];
  const entries = Object.entries(action.configuration ?? {}).map(([key, value]) => {
    const { text, unknown } = resolveVariables(value, scopes);
    for (const reference of unknown) {
      problems.push(`The variable #{${reference}} in ${key} of action ${action.name} has no value in this execution.`);
    }
    return [key, text] as const;
  });
  return { configuration: Object.fromEntries(entries), problems };
}

function newRun(
  context: Context,
  execution: ExecutionRecord,
  stageRun: StageRun,
  action: ActionDeclaration,
  resolvedConfiguration: Record<string, string>,
): ActionRunRecord {
  const now = context.cloud.now();
  return {
    id: randomUUID(),
    executionId: execution.id,
    pipelineName: execution.pipelineName,
    pipelineVersion: execution.pipelineVersion,
    stageName: stageRun.name,
    actionName: action.name,
    typeId: action.actionTypeId,
    status: 'InProgress',
    startTime: now,
    lastUpdateTime: now,
    sequence: context.store.actionRuns.size + 1,
    ...(action.roleArn === undefined ? {} : { roleArn: action.roleArn }),
    ...(action.namespace === undefined ? {} : { namespace: action.namespace }),
    configuration: action.configuration ?? {},
    resolvedConfiguration,
    inputs: (action.inputArtifacts ?? []).flatMap((a) => execution.artifacts[a.name ?? ''] ?? []),
    outputs: (action.outputArtifacts ?? []).map((a) => newPlace(execution, a.name ?? '')),
    outputVariables: {},
  };
}

/** AWS cuts both names and adds seven random characters: `sample-pipeline/SourceOutp/a1B2c3D`. */
function newPlace(execution: ExecutionRecord, artifactName: string): ArtifactPlace {
  const bucket = execution.declaration.artifactStore?.location ?? '';
  const pipeline = execution.pipelineName.slice(0, 20);
  return {
    name: artifactName,
    bucket,
    key: `${pipeline}/${artifactName.slice(0, 10)}/${randomName(limits.keySuffixChars)}`,
  };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function randomName(chars: number): string {
  return Array.from(randomBytes(chars), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
