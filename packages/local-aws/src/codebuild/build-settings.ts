import type { EnvironmentVariable, StartBuildInput } from '@aws-sdk/client-codebuild';
import type { BuildHandover } from '../codepipeline/build-handover.ts';
import { checkSettings } from './project-settings.ts';
import type { ProjectSettings } from './records.ts';
import { invalidInput } from './store.ts';

const SUPPORTED = new Set([
  'projectName',
  'idempotencyToken',
  'sourceVersion',
  'sourceTypeOverride',
  'sourceLocationOverride',
  'secondarySourcesOverride',
  'secondarySourcesVersionOverride',
  'buildspecOverride',
  'environmentVariablesOverride',
  'environmentTypeOverride',
  'imageOverride',
  'computeTypeOverride',
  'privilegedModeOverride',
  'artifactsOverride',
  'serviceRoleOverride',
  'timeoutInMinutesOverride',
  'queuedTimeoutInMinutesOverride',
  'encryptionKeyOverride',
  'logsConfigOverride',
]);

/** What one build runs with: the project's settings, StartBuild's overrides and what CodePipeline hands over. */
export function buildSettings(
  project: ProjectSettings,
  input: StartBuildInput,
  handover: BuildHandover | undefined,
): ProjectSettings {
  for (const [name, value] of Object.entries(input)) {
    if (!SUPPORTED.has(name) && value !== undefined) {
      throw invalidInput(`${name} is not available in the embedded AWS`);
    }
  }
  const { environment, source } = project;
  const settings: ProjectSettings = {
    ...project,
    ...defined({
      sourceVersion: input.sourceVersion,
      secondarySources: input.secondarySourcesOverride,
      secondarySourceVersions: input.secondarySourcesVersionOverride,
      artifacts: input.artifactsOverride,
      serviceRole: input.serviceRoleOverride,
      timeoutInMinutes: input.timeoutInMinutesOverride,
      queuedTimeoutInMinutes: input.queuedTimeoutInMinutesOverride,
      encryptionKey: input.encryptionKeyOverride,
      logsConfig: input.logsConfigOverride,
    }),
    source: {
      ...source,
      ...defined({
        type: input.sourceTypeOverride,
        location: input.sourceLocationOverride,
        buildspec: input.buildspecOverride,
      }),
    },
    environment: {
      ...environment,
      ...defined({
        type: input.environmentTypeOverride,
        image: input.imageOverride,
        computeType: input.computeTypeOverride,
        privilegedMode: input.privilegedModeOverride,
      }),
      environmentVariables: mergeVariables(
        environment.environmentVariables,
        handover?.environmentVariables,
        input.environmentVariablesOverride,
      ),
    },
  };
  if (settings.source.type === 'CODEPIPELINE' && handover === undefined) {
    throw invalidInput(
      'A project with a CODEPIPELINE source is started by a pipeline only, or with a sourceTypeOverride',
    );
  }
  return checkSettings(settings);
}

/** Later lists replace variables of earlier ones. */
function mergeVariables(...lists: readonly (readonly EnvironmentVariable[] | undefined)[]): EnvironmentVariable[] {
  const byName = new Map<string | undefined, EnvironmentVariable>();
  for (const variable of lists.flatMap((list) => list ?? [])) {
    byName.set(variable.name, { ...variable, type: variable.type ?? 'PLAINTEXT' });
  }
  return [...byName.values()];
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
