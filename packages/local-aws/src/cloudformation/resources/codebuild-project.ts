import * as z from 'zod';
import { camelCase } from './camel-case.ts';
import { boolean, integer, object, string, strings, tags, word } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';
import { lowerCaseTags } from './tag-changes.ts';

const source = object({
  Auth: object({ Type: string, Resource: string.optional() }).optional(),
  BuildSpec: string.optional(),
  GitCloneDepth: integer.optional(),
  GitSubmodulesConfig: object({ FetchSubmodules: boolean }).optional(),
  InsecureSsl: boolean.optional(),
  Location: string.optional(),
  ReportBuildStatus: boolean.optional(),
  SourceIdentifier: string.optional(),
  Type: string,
});

const artifacts = object({
  ArtifactIdentifier: string.optional(),
  EncryptionDisabled: boolean.optional(),
  Location: string.optional(),
  Name: string.optional(),
  NamespaceType: word('BUILD_ID', 'NONE').optional(),
  OverrideArtifactName: boolean.optional(),
  Packaging: word('ZIP', 'NONE').optional(),
  Path: string.optional(),
  Type: word('CODEPIPELINE', 'NO_ARTIFACTS', 'S3'),
});

const environment = object({
  Certificate: string.optional(),
  ComputeType: string,
  EnvironmentVariables: z
    .array(
      object({ Name: string, Value: string, Type: word('PLAINTEXT', 'PARAMETER_STORE', 'SECRETS_MANAGER').optional() }),
    )
    .optional(),
  Image: string,
  ImagePullCredentialsType: word('CODEBUILD', 'SERVICE_ROLE').optional(),
  PrivilegedMode: boolean.optional(),
  Type: string,
});

const properties = object({
  Artifacts: artifacts,
  Cache: object({
    CacheNamespace: string.optional(),
    Location: string.optional(),
    Modes: strings.optional(),
    Type: word('LOCAL', 'NO_CACHE', 'S3'),
  }).optional(),
  ConcurrentBuildLimit: integer.optional(),
  Description: string.optional(),
  EncryptionKey: string.optional(),
  Environment: environment,
  LogsConfig: object({
    CloudWatchLogs: object({
      GroupName: string.optional(),
      Status: word('ENABLED', 'DISABLED'),
      StreamName: string.optional(),
    }).optional(),
    S3Logs: object({
      EncryptionDisabled: boolean.optional(),
      Location: string.optional(),
      Status: word('ENABLED', 'DISABLED'),
    }).optional(),
  }).optional(),
  Name: string.optional(),
  QueuedTimeoutInMinutes: integer.optional(),
  SecondarySources: z.array(source).optional(),
  SecondaryArtifacts: z.array(artifacts).optional(),
  ServiceRole: string,
  Source: source,
  SourceVersion: string.optional(),
  Tags: tags.optional(),
  TimeoutInMinutes: integer.optional(),
  VpcConfig: object({
    SecurityGroupIds: strings.optional(),
    Subnets: strings.optional(),
    VpcId: string.optional(),
  }).optional(),
});
export type ProjectProperties = z.infer<typeof properties>;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codebuild-project.html */
export const codebuildProject = defineResource({
  type: 'AWS::CodeBuild::Project',
  properties,
  attributes: ['Arn', 'Id'],
  replacedBy: ['Name'],
  nameProperty: 'Name',
  create: async (context, declared) => {
    const name = declared.Name ?? context.physicalName(150);
    await context.call('codebuild', 'CreateProject', projectInput(context, name, declared));
    const { partition, region, accountId } = context;
    return {
      physicalId: name,
      attributes: { Arn: `arn:${partition}:codebuild:${region}:${accountId}:project/${name}`, Id: name },
    };
  },
  update: async (context, { physicalId: name, properties: before, attributes }, declared) => {
    await context.call('codebuild', 'UpdateProject', { ...dropped(before), ...projectInput(context, name, declared) });
    return { physicalId: name, attributes };
  },
  delete: async (context, { physicalId }) => {
    await context.call('codebuild', 'DeleteProject', { name: physicalId });
  },
});

/** CreateProject's input for a template's properties: `BuildSpec` is `buildspec` there, all else in camelCase. */
export function projectInput(
  context: ResourceContext,
  name: string,
  { Tags: own, Name: _name, ...declared }: ProjectProperties,
): object {
  const input = camelCase(declared, { renamed: { BuildSpec: 'buildspec' } });
  return { name, ...(input as object), tags: lowerCaseTags(context, own) };
}

// UpdateProject leaves what is not named; what the template dropped must be emptied.
function dropped(before: ProjectProperties) {
  return {
    ...(before.Description === undefined ? {} : { description: '' }),
    ...(before.SourceVersion === undefined ? {} : { sourceVersion: '' }),
    ...(before.Cache === undefined ? {} : { cache: { type: 'NO_CACHE' } }),
    ...(before.VpcConfig === undefined ? {} : { vpcConfig: {} }),
    ...(before.ConcurrentBuildLimit === undefined ? {} : { concurrentBuildLimit: -1 }),
  };
}
