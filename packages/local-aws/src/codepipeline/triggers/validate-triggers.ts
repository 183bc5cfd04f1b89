import type * as sdk from '@aws-sdk/client-codepipeline';
import type { PipelineDeclaration } from '../declaration.ts';
import { type DeclarationProblem, duplicates, problem } from '../declaration-problem.ts';
import { limits } from '../limits.ts';
import { globExpression } from './glob.ts';
import { PULL_REQUEST_EVENTS } from './match-trigger.ts';

const FAULT = 'InvalidStructureException';

/** Everything wrong with the triggers of a pipeline. Counts and lengths are the API model's, of 2015-07-09. */
export function triggerProblems(pipeline: PipelineDeclaration): DeclarationProblem[] {
  const triggers = pipeline.triggers ?? [];
  const sources = triggers.map(({ gitConfiguration }) => gitConfiguration?.sourceActionName ?? '');
  return [
    ...problem(triggers.length > 0 && pipeline.pipelineType === 'V1', FAULT, 'triggers need pipelineType V2'),
    ...problem(
      triggers.length > limits.triggers,
      FAULT,
      `${triggers.length} triggers; at most ${limits.triggers} are allowed`,
    ),
    ...duplicates(sources).map((name) => ({ fault: FAULT, text: `source action '${name}' has two triggers` }) as const),
    ...triggers.flatMap((trigger, index) => oneTrigger(pipeline, trigger, `trigger ${index + 1}`)),
  ];
}

function oneTrigger(
  pipeline: PipelineDeclaration,
  { providerType, gitConfiguration: git }: sdk.PipelineTriggerDeclaration,
  where: string,
): DeclarationProblem[] {
  const { push, pullRequest, sourceActionName = '' } = git ?? {};
  const source = pipeline.stages[0]?.actions.find(({ name }) => name === sourceActionName);
  const isConnected = source?.actionTypeId.provider === 'CodeStarSourceConnection';
  return [
    ...problem(
      providerType !== 'CodeStarSourceConnection',
      FAULT,
      `${where}: providerType '${providerType}' is not CodeStarSourceConnection`,
    ),
    ...problem(
      !isConnected,
      FAULT,
      `${where}: '${sourceActionName}' is not a CodeStarSourceConnection action of the first stage`,
    ),
    ...count(`${where}: push`, push, limits.triggerFilters),
    ...count(`${where}: pullRequest`, pullRequest, limits.triggerFilters),
    ...(push ?? []).flatMap((filter, index) => pushFilter(filter, `${where}: push filter ${index + 1}`)),
    ...(pullRequest ?? []).flatMap((filter, index) =>
      pullRequestFilter(filter, `${where}: pullRequest filter ${index + 1}`),
    ),
  ];
}

/** Tags, or branches, or branches and paths: https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html */
function pushFilter({ tags, branches, filePaths }: sdk.GitPushFilter, where: string): DeclarationProblem[] {
  const others = branches !== undefined || filePaths !== undefined;
  return [
    ...problem(tags !== undefined && others, FAULT, `${where}: tags go with neither branches nor filePaths`),
    ...problem(tags === undefined && branches === undefined, FAULT, `${where}: it needs tags or branches`),
    ...criteria(tags, `${where}: tags`),
    ...criteria(branches, `${where}: branches`),
    ...criteria(filePaths, `${where}: filePaths`),
  ];
}

function pullRequestFilter(
  { events, branches, filePaths }: sdk.GitPullRequestFilter,
  where: string,
): DeclarationProblem[] {
  return [
    ...problem(branches === undefined, FAULT, `${where}: it needs branches`),
    ...count(`${where}: events`, events, PULL_REQUEST_EVENTS.length),
    ...(events ?? [])
      .filter((event) => !PULL_REQUEST_EVENTS.some((known) => known === event))
      .map((event) => ({
        fault: FAULT as typeof FAULT,
        text: `${where}: event '${event}' is not one of ${PULL_REQUEST_EVENTS.join(', ')}`,
      })),
    ...criteria(branches, `${where}: branches`),
    ...criteria(filePaths, `${where}: filePaths`),
  ];
}

function criteria(given: sdk.GitBranchFilterCriteria | undefined, where: string): DeclarationProblem[] {
  if (given === undefined) return [];
  const patterns = [...(given.includes ?? []), ...(given.excludes ?? [])];
  return [
    ...problem(patterns.length === 0, FAULT, `${where} needs includes or excludes`),
    ...count(`${where}.includes`, given.includes, limits.triggerPatterns),
    ...count(`${where}.excludes`, given.excludes, limits.triggerPatterns),
    ...patterns.flatMap((pattern) => [
      ...problem(
        pattern.length > limits.triggerPatternChars,
        FAULT,
        `${where}: a pattern has ${pattern.length} characters; at most ${limits.triggerPatternChars} are allowed`,
      ),
      ...problem(globExpression(pattern) === undefined, FAULT, `${where}: '${pattern}' is not a glob pattern`),
    ]),
  ];
}

function count(what: string, list: readonly unknown[] | undefined, max: number): DeclarationProblem[] {
  const length = list?.length ?? 1;
  return problem(length < 1 || length > max, FAULT, `${what} has ${length} entries; 1 to ${max} are allowed`);
}
