import * as z from 'zod';
import { camelCase } from './camel-case.ts';
import { boolean, integer, object, string, strings, tags, word } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';
import { lowerCaseTags, tagChanges } from './tag-changes.ts';

const artifactStore = object({
  EncryptionKey: object({ Id: string, Type: word('KMS') }).optional(),
  Location: string,
  Type: word('S3'),
});

const action = object({
  ActionTypeId: object({ Category: string, Owner: string, Provider: string, Version: string }),
  Commands: strings.optional(),
  Configuration: z.record(z.string(), string).optional(),
  EnvironmentVariables: z
    .array(object({ Name: string, Value: string, Type: word('PLAINTEXT', 'SECRETS_MANAGER').optional() }))
    .optional(),
  InputArtifacts: z.array(object({ Name: string })).optional(),
  Name: string,
  Namespace: string.optional(),
  OutputArtifacts: z.array(object({ Name: string, Files: strings.optional() })).optional(),
  OutputVariables: strings.optional(),
  Region: string.optional(),
  RoleArn: string.optional(),
  RunOrder: integer.optional(),
  TimeoutInMinutes: integer.optional(),
});

const retry = object({ RetryMode: word('ALL_ACTIONS', 'FAILED_ACTIONS').optional() });

const stage = object({
  Actions: z.array(action),
  Blockers: z.array(object({ Name: string, Type: word('Schedule') })).optional(),
  Name: string,
  OnFailure: object({
    Result: word('ROLLBACK', 'FAIL', 'RETRY', 'SKIP').optional(),
    RetryConfiguration: retry.optional(),
  }).optional(),
});

const patterns = object({ Includes: strings.optional(), Excludes: strings.optional() }).optional();

const trigger = object({
  ProviderType: word('CodeStarSourceConnection'),
  GitConfiguration: object({
    SourceActionName: string,
    Push: z.array(object({ Branches: patterns, FilePaths: patterns, Tags: patterns })).optional(),
    PullRequest: z.array(object({ Branches: patterns, FilePaths: patterns, Events: strings.optional() })).optional(),
  }).optional(),
});

const properties = object({
  ArtifactStore: artifactStore.optional(),
  ArtifactStores: z.array(object({ ArtifactStore: artifactStore, Region: string })).optional(),
  DisableInboundStageTransitions: z.array(object({ StageName: string, Reason: string })).optional(),
  ExecutionMode: word('QUEUED', 'SUPERSEDED', 'PARALLEL').optional(),
  Name: string.optional(),
  PipelineType: word('V1', 'V2').optional(),
  RestartExecutionOnUpdate: boolean.optional(),
  RoleArn: string,
  Stages: z.array(stage),
  Tags: tags.optional(),
  Triggers: z.array(trigger).optional(),
  Variables: z
    .array(object({ Name: string, DefaultValue: string.optional(), Description: string.optional() }))
    .optional(),
});
export type PipelineProperties = z.infer<typeof properties>;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codepipeline-pipeline.html */
export const codepipelinePipeline = defineResource({
  type: 'AWS::CodePipeline::Pipeline',
  properties,
  attributes: ['Version'],
  replacedBy: ['Name'],
  nameProperty: 'Name',
  create: async (context, declared) => {
    const name = declared.Name ?? context.physicalName(100);
    const input = { pipeline: pipelineDeclaration(name, declared), tags: lowerCaseTags(context, declared.Tags) };
    const { pipeline } = await context.call<{ pipeline: { version?: number } }>(
      'codepipeline',
      'CreatePipeline',
      input,
    );
    context.created(name);
    await disableTransitions(context, name, declared, undefined);
    return { physicalId: name, attributes: { Version: String(pipeline.version ?? 1) } };
  },
  update: async (context, { physicalId: name, properties: before }, declared) => {
    const { pipeline } = await context.call<{ pipeline: { version?: number } }>('codepipeline', 'UpdatePipeline', {
      pipeline: pipelineDeclaration(name, declared),
    });
    await disableTransitions(context, name, declared, before);
    const { set, removed } = tagChanges(context, before.Tags, declared.Tags);
    const resourceArn = `arn:${context.partition}:codepipeline:${context.region}:${context.accountId}:${name}`;
    if (set.length > 0)
      await context.call('codepipeline', 'TagResource', { resourceArn, tags: lowerCaseTags(context, declared.Tags) });
    if (removed.length > 0) await context.call('codepipeline', 'UntagResource', { resourceArn, tagKeys: removed });
    if (declared.RestartExecutionOnUpdate === true)
      await context.call('codepipeline', 'StartPipelineExecution', { name });
    return { physicalId: name, attributes: { Version: String(pipeline.version ?? 1) } };
  },
  delete: async (context, { physicalId }) => {
    await context.call('codepipeline', 'DeletePipeline', { name: physicalId });
  },
});

/** The API's pipeline structure for a template's properties; the keys of `Configuration` are the action's and stay. */
export function pipelineDeclaration(name: string, declared: PipelineProperties): object {
  const {
    ArtifactStore: store,
    ArtifactStores: stores,
    Stages: stages,
    Triggers: triggers,
    Variables: variables,
  } = declared;
  return {
    name,
    roleArn: declared.RoleArn,
    artifactStore: camelCase(store),
    artifactStores:
      stores === undefined
        ? undefined
        : Object.fromEntries(stores.map(({ Region, ArtifactStore }) => [Region, camelCase(ArtifactStore)])),
    stages: camelCase(stages, { opaque: ['Configuration'] }),
    pipelineType: declared.PipelineType,
    executionMode: declared.ExecutionMode,
    triggers: camelCase(triggers),
    variables: camelCase(variables),
  };
}

async function disableTransitions(
  context: ResourceContext,
  pipelineName: string,
  after: PipelineProperties,
  before: PipelineProperties | undefined,
): Promise<void> {
  const wanted = after.DisableInboundStageTransitions ?? [];
  const old = before?.DisableInboundStageTransitions ?? [];
  const transitionType = 'Inbound';
  for (const { StageName: stageName, Reason: reason } of wanted) {
    await context.call('codepipeline', 'DisableStageTransition', { pipelineName, stageName, transitionType, reason });
  }
  for (const { StageName: stageName } of old) {
    if (wanted.some(({ StageName }) => StageName === stageName)) continue;
    await context.call('codepipeline', 'EnableStageTransition', { pipelineName, stageName, transitionType });
  }
}
