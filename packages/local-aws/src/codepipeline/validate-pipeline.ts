import type { PipelineDeclaration } from './declaration.ts';
import { type DeclarationProblem, duplicates, problem } from './declaration-problem.ts';
import { limits } from './limits.ts';
import { triggerProblems } from './triggers/validate-triggers.ts';
import { actionProblems, type TypeLookup } from './validate-actions.ts';
import { artifactProblems } from './validate-artifacts.ts';

const NAME = /^[A-Za-z0-9.@\-_]{1,100}$/;
const ROLE = /^arn:[a-z-]+:iam::\d{12}:role\/.+$/;
const VARIABLE_NAME = /^[A-Za-z0-9@\-_]{1,128}$/;

/** Everything wrong with a pipeline, structure before stages before actions; empty when it can run here. */
export function pipelineProblems(pipeline: PipelineDeclaration, typeOf: TypeLookup): DeclarationProblem[] {
  return [
    ...namesAndStore(pipeline),
    ...variableProblems(pipeline),
    ...unsupported(pipeline),
    ...stageProblems(pipeline),
    ...actionProblems(pipeline, typeOf),
    ...artifactProblems(pipeline),
    ...triggerProblems(pipeline),
  ];
}

function namesAndStore(pipeline: PipelineDeclaration): DeclarationProblem[] {
  const store = pipeline.artifactStore;
  const structure = 'InvalidStructureException';
  return [
    ...problem(
      !NAME.test(pipeline.name),
      'ValidationException',
      `pipeline name '${pipeline.name}' must be 1 to 100 of A-Z, a-z, 0-9, ., @, - and _`,
    ),
    ...problem(
      !ROLE.test(pipeline.roleArn),
      'ValidationException',
      `roleArn '${pipeline.roleArn}' is not the ARN of a role`,
    ),
    ...problem(store === undefined, structure, 'the pipeline has no artifactStore'),
    ...problem(store !== undefined && store.type !== 'S3', structure, `artifactStore.type '${store?.type}' is not S3`),
    ...problem(
      store !== undefined && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(store.location ?? ''),
      structure,
      `artifactStore.location '${store?.location}' is not a bucket name`,
    ),
  ];
}

function variableProblems(pipeline: PipelineDeclaration): DeclarationProblem[] {
  const variables = pipeline.variables ?? [];
  const names = variables.map((v) => v.name ?? '');
  const isV1 = (pipeline.pipelineType ?? 'V1') === 'V1';
  const mode = pipeline.executionMode ?? 'SUPERSEDED';
  const structure = 'InvalidStructureException';
  return [
    ...problem(isV1 && variables.length > 0, structure, 'variables need pipelineType V2'),
    ...problem(isV1 && mode !== 'SUPERSEDED', structure, `executionMode ${mode} needs pipelineType V2`),
    ...problem(
      variables.length > limits.pipelineVariables,
      structure,
      `${variables.length} variables; at most ${limits.pipelineVariables} are allowed`,
    ),
    ...duplicates(names).map((name) => ({ fault: structure, text: `variable '${name}' is declared twice` }) as const),
    ...variables.flatMap((v) => [
      ...problem(
        !VARIABLE_NAME.test(v.name ?? ''),
        structure,
        `variable name '${v.name}' must be 1 to 128 of A-Z, a-z, 0-9, @, - and _`,
      ),
      ...problem(
        v.defaultValue !== undefined && (v.defaultValue.length < 1 || v.defaultValue.length > 1_000),
        structure,
        `the default of variable '${v.name}' must have 1 to 1000 characters`,
      ),
      ...problem(
        (v.description ?? '').length > 200,
        structure,
        `the description of variable '${v.name}' has more than 200 characters`,
      ),
    ]),
  ];
}

/** What AWS has and this engine has not: refused by name, so that nothing is silently left out. */
function unsupported(pipeline: PipelineDeclaration): DeclarationProblem[] {
  const not = (what: string): DeclarationProblem => ({
    fault: 'InvalidStructureException',
    text: `${what} is not available in the embedded AWS`,
  });
  return [
    ...(pipeline.artifactStores === undefined ? [] : [not('artifactStores (cross-Region actions)')]),
    ...pipeline.stages.flatMap((stage) => [
      ...(stage.onFailure === undefined ? [] : [not(`onFailure of stage '${stage.name}'`)]),
      ...(stage.onSuccess === undefined ? [] : [not(`onSuccess of stage '${stage.name}'`)]),
      ...(stage.beforeEntry === undefined ? [] : [not(`beforeEntry of stage '${stage.name}'`)]),
    ]),
  ];
}

function stageProblems(pipeline: PipelineDeclaration): DeclarationProblem[] {
  const { stages } = pipeline;
  const structure = 'InvalidStructureException';
  const isSource = (index: number): boolean =>
    stages[index]?.actions.every((a) => a.actionTypeId?.category === 'Source') ?? true;
  return [
    ...problem(
      stages.length < limits.stagesMin,
      structure,
      `the pipeline has ${stages.length} stages; it must have at least ${limits.stagesMin}`,
    ),
    ...problem(
      stages.length > limits.stagesMax,
      structure,
      `the pipeline has ${stages.length} stages; it may have ${limits.stagesMax}`,
    ),
    ...problem(!isSource(0), structure, `the first stage '${stages[0]?.name}' may contain only source actions`),
    ...stages.slice(1).flatMap((stage) =>
      problem(
        stage.actions.some((a) => a.actionTypeId?.category === 'Source'),
        structure,
        `source actions belong in the first stage, not in '${stage.name}'`,
      ),
    ),
    ...duplicates(stages.map((s) => s.name)).map(
      (name) => ({ fault: 'InvalidStageDeclarationException', text: `stage '${name}' is declared twice` }) as const,
    ),
    ...stages.flatMap((stage) => [
      ...problem(
        !NAME.test(stage.name),
        'InvalidStageDeclarationException',
        `stage name '${stage.name}' must be 1 to 100 of A-Z, a-z, 0-9, ., @, - and _`,
      ),
      ...problem(stage.actions.length === 0, 'InvalidStageDeclarationException', `stage '${stage.name}' has no action`),
      ...problem(
        stage.actions.length > limits.actionsPerStage,
        'InvalidStageDeclarationException',
        `stage '${stage.name}' has ${stage.actions.length} actions; it may have ${limits.actionsPerStage}`,
      ),
      ...problem(
        (stage.blockers ?? []).length > 0,
        'InvalidBlockerDeclarationException',
        `blockers of stage '${stage.name}' are reserved for AWS`,
      ),
    ]),
  ];
}
