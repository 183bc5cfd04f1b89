import { type ActionDeclaration, GetPipelineCommand, type PipelineDeclaration } from '@aws-sdk/client-codepipeline';
import { readAwsFailure } from '@gitsource/runtime';
import { awsCallError } from './errors.ts';
import type { Ports } from './ports.ts';

/** What is always the same for one version of a pipeline. */
export interface Declaration {
  readonly sources: readonly DeclaredSource[];
  /** The other source actions, `Source (AWS/CodeCommit)`: nothing can be shown for them. */
  readonly otherSources: readonly string[];
  /** Whether an execution may have been started for a certain commit or ref. */
  readonly hasVariables: boolean;
  /** By stage, the names of its actions; in order. */
  readonly stages: ReadonlyMap<string, readonly string[]>;
}

/** A source action whose repository can be known. */
export interface DeclaredSource {
  readonly kind: SourceKind;
  readonly actionName: string;
  readonly configuration: Readonly<Record<string, string>>;
  /** Whether an execution can have other values: what stands here has `#{variables.Branch}`, or may be overridden. */
  readonly varies: boolean;
}

/** `custom`: an action type of one's own with a `GitUrl`. `connection`: the native action. `github-v1`: its forerunner. */
export type SourceKind = 'custom' | 's3' | 'connection' | 'github-v1';

/** The pipeline variables by which a start says what to build. */
export const COMMIT_VARIABLE = 'SourceCommit';
export const REF_VARIABLE = 'SourceRef';

/**
 * Reads a version of a pipeline; without one, the newest. `undefined` where there is none.
 * Throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`.
 */
export async function readDeclaration(
  { codePipeline }: Pick<Ports, 'codePipeline'>,
  pipelineName: string,
  version: number | undefined,
): Promise<Declaration | undefined> {
  try {
    const { pipeline } = await codePipeline.send(new GetPipelineCommand({ name: pipelineName, version }));
    return pipeline && toDeclaration(pipeline);
  } catch (error) {
    if (/^Pipeline(?:Version)?NotFoundException$/.test(readAwsFailure(error)?.name ?? '')) return undefined;
    throw awsCallError('codepipeline:GetPipeline', pipelineName, error);
  }
}

function toDeclaration({ stages = [], variables = [] }: PipelineDeclaration): Declaration {
  const actions = stages.flatMap((stage) => stage.actions ?? []).filter(isSource);
  return {
    sources: actions.flatMap((action) => toSource(action) ?? []),
    otherSources: actions.flatMap((action) =>
      toSource(action) === undefined ? `${action.name} (${typeOf(action)})` : [],
    ),
    hasVariables: variables.some(({ name }) => name === COMMIT_VARIABLE || name === REF_VARIABLE),
    stages: new Map(
      stages.map((stage) => [stage.name ?? '', (stage.actions ?? []).map((action) => action.name ?? '')]),
    ),
  };
}

function isSource({ actionTypeId }: ActionDeclaration): boolean {
  return actionTypeId?.category === 'Source';
}

function typeOf({ actionTypeId }: ActionDeclaration): string {
  return `${actionTypeId?.owner}/${actionTypeId?.provider}`;
}

function toSource(action: ActionDeclaration): DeclaredSource | undefined {
  const { configuration = {}, name = '' } = action;
  const kind = kindOf(typeOf(action), configuration);
  if (kind === undefined) return undefined;
  const varies =
    configuration.AllowOverrideForS3ObjectKey === 'true' ||
    Object.values(configuration).some((value) => value.includes('#{'));
  return { kind, actionName: name, configuration, varies };
}

function kindOf(type: string, configuration: Readonly<Record<string, string>>): SourceKind | undefined {
  if (type.startsWith('Custom/')) return configuration.GitUrl === undefined ? undefined : 'custom';
  const kinds: Readonly<Record<string, SourceKind>> = {
    'AWS/S3': 's3',
    'AWS/CodeStarSourceConnection': 'connection',
    'ThirdParty/GitHub': 'github-v1',
  };
  return kinds[type];
}
