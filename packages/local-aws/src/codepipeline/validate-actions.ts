import { typeKey } from './action-types.ts';
import type { ActionDeclaration, ActionTypeId, PipelineDeclaration } from './declaration.ts';
import { type DeclarationProblem, duplicates, problem } from './declaration-problem.ts';
import { limits } from './limits.ts';
import type { ActionTypeRecord } from './records.ts';
import { referencedNamespaces } from './resolve-variables.ts';
import { connectedSourceProblems } from './validate-connected-source.ts';

export type TypeLookup = (id: ActionTypeId) => ActionTypeRecord | undefined;

const NAME = /^[A-Za-z0-9.@\-_]{1,100}$/;
const NAMESPACE = /^[A-Za-z0-9@\-_]{1,100}$/;
const FAULT = 'InvalidActionDeclarationException';

/** Problems inside single actions and between actions, artifacts excepted. */
export function actionProblems(pipeline: PipelineDeclaration, typeOf: TypeLookup): DeclarationProblem[] {
  const all = pipeline.stages.flatMap((stage) => stage.actions);
  const namespaces = all.flatMap((action) => action.namespace ?? []);
  const known = new Set([...namespaces, 'variables', 'codepipeline']);
  return [
    ...problem(
      all.length > limits.actionsPerPipeline,
      'InvalidStructureException',
      `${all.length} actions; a pipeline may have ${limits.actionsPerPipeline}`,
    ),
    ...duplicates(namespaces).map(
      (name) => ({ fault: FAULT, text: `namespace '${name}' is used by two actions` }) as const,
    ),
    ...pipeline.stages.flatMap((stage) => [
      ...duplicates(stage.actions.map((a) => a.name)).map(
        (name) => ({ fault: FAULT, text: `stage '${stage.name}' has two actions named '${name}'` }) as const,
      ),
      ...stage.actions.flatMap((action) => oneAction(pipeline, stage.name, action, typeOf(action.actionTypeId), known)),
    ]),
  ];
}

function oneAction(
  pipeline: PipelineDeclaration,
  stage: string,
  action: ActionDeclaration,
  type: ActionTypeRecord | undefined,
  namespaces: ReadonlySet<string>,
): DeclarationProblem[] {
  const where = `action '${action.name}' of stage '${stage}'`;
  const say = (condition: boolean, text: string) => problem(condition, FAULT, `${where}: ${text}`);
  const order = action.runOrder ?? 1;
  const common = [
    ...say(!NAME.test(action.name), 'its name must be 1 to 100 of A-Z, a-z, 0-9, ., @, - and _'),
    ...say(!Number.isInteger(order) || order < 1 || order > 999, 'runOrder must be 1 to 999'),
    ...say(
      action.namespace !== undefined && !NAMESPACE.test(action.namespace),
      `namespace '${action.namespace}' must be 1 to 100 of A-Z, a-z, 0-9, @, - and _`,
    ),
    ...say(
      action.namespace !== undefined && ['variables', 'codepipeline'].includes(action.namespace),
      `namespace '${action.namespace}' is reserved`,
    ),
    ...say(action.region !== undefined, 'region (cross-Region actions) is not available in the embedded AWS'),
    ...say((action.commands ?? []).length > 0, 'commands are not available in the embedded AWS'),
    ...say(action.timeoutInMinutes !== undefined, 'timeoutInMinutes is not available in the embedded AWS'),
  ];
  if (type === undefined) {
    return [
      ...common,
      ...say(
        true,
        `there is no action type ${typeKey(action.actionTypeId)} in this account, or the embedded AWS does not have it`,
      ),
    ];
  }
  return [
    ...common,
    ...configurationProblems(action, type, say),
    ...connectedSourceProblems(action).flatMap((text) => say(true, text)),
    ...countProblems(action, type, say),
    ...queryableProblems(pipeline, type, say),
    ...referenceProblems(action, namespaces, say),
  ];
}

type Say = (condition: boolean, text: string) => DeclarationProblem[];

function configurationProblems(action: ActionDeclaration, type: ActionTypeRecord, say: Say): DeclarationProblem[] {
  const given = Object.entries(action.configuration ?? {});
  const known = type.properties.map((property) => property.name ?? '');
  const missing = type.properties.filter((p) => p.required && (action.configuration?.[p.name ?? ''] ?? '') === '');
  return [
    ...given.flatMap(([key, value]) => [
      ...say(!known.includes(key), `configuration key '${key}' is unknown; the type has ${known.join(', ') || 'none'}`),
      ...say(
        value.length > limits.configurationValueChars,
        `configuration value of '${key}' has ${value.length} characters; at most ${limits.configurationValueChars} are allowed`,
      ),
    ]),
    ...missing.flatMap((p) => say(true, `required configuration key '${p.name}' is missing or empty`)),
    ...type.properties.flatMap((p) => {
      const value = action.configuration?.[p.name ?? ''];
      if (value === undefined || value.includes('#{')) return [];
      return [
        ...say(
          p.type === 'Number' && !/^-?\d+(\.\d+)?$/.test(value),
          `configuration value of '${p.name}' must be a number`,
        ),
        ...say(
          p.type === 'Boolean' && !/^(true|false)$/i.test(value),
          `configuration value of '${p.name}' must be true or false`,
        ),
        ...say(
          p.queryable === true && !/^[a-zA-Z0-9_-]{1,20}$/.test(value),
          `the queryable configuration value of '${p.name}' must be 1 to 20 of a-z, A-Z, 0-9, _ and -`,
        ),
      ];
    }),
  ];
}

function countProblems(action: ActionDeclaration, type: ActionTypeRecord, say: Say): DeclarationProblem[] {
  const check = (kind: string, count: number, min = 0, max = 0) =>
    say(
      count < min || count > max,
      `it has ${count} ${kind} artifacts; the type ${typeKey(type.id)} needs ${min} to ${max}`,
    );
  return [
    ...check('input', action.inputArtifacts?.length ?? 0, type.inputs.minimumCount, type.inputs.maximumCount),
    ...check('output', action.outputArtifacts?.length ?? 0, type.outputs.minimumCount, type.outputs.maximumCount),
  ];
}

function queryableProblems(pipeline: PipelineDeclaration, type: ActionTypeRecord, say: Say): DeclarationProblem[] {
  const isQueryable = type.properties.some((property) => property.queryable === true);
  const tooLong = pipeline.name.length > limits.queryablePipelineNameChars;
  return say(
    isQueryable && tooLong,
    `its type has a queryable property, so the pipeline name may have ${limits.queryablePipelineNameChars} characters`,
  );
}

function referenceProblems(action: ActionDeclaration, namespaces: ReadonlySet<string>, say: Say): DeclarationProblem[] {
  const used = Object.values(action.configuration ?? {}).flatMap(referencedNamespaces);
  return [...new Set(used)].flatMap((name) =>
    say(!namespaces.has(name), `the variable namespace '${name}' is not declared by any action`),
  );
}
