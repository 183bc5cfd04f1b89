import * as z from 'zod';
import { camelCase } from './camel-case.ts';
import { boolean, integer, object, string, tags, word } from './property.ts';
import { defineResource } from './resource-type.ts';
import { lowerCaseTags, tagChanges } from './tag-changes.ts';

const artifactDetails = object({ MinimumCount: integer, MaximumCount: integer });

const properties = object({
  Category: word('Source', 'Build', 'Deploy', 'Test', 'Invoke', 'Approval', 'Compute'),
  ConfigurationProperties: z
    .array(
      object({
        Description: string.optional(),
        Key: boolean,
        Name: string,
        Queryable: boolean.optional(),
        Required: boolean,
        Secret: boolean,
        Type: word('String', 'Number', 'Boolean').optional(),
      }),
    )
    .optional(),
  InputArtifactDetails: artifactDetails,
  OutputArtifactDetails: artifactDetails,
  Provider: string,
  Settings: object({
    EntityUrlTemplate: string.optional(),
    ExecutionUrlTemplate: string.optional(),
    RevisionUrlTemplate: string.optional(),
    ThirdPartyConfigurationUrl: string.optional(),
  }).optional(),
  Tags: tags.optional(),
  Version: string,
});

/**
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codepipeline-customactiontype.html
 * Everything but tags needs a new action type. That Ref is `Category|Provider|Version`, the type's primary identifier, is unconfirmed.
 */
export const codepipelineCustomActionType = defineResource({
  type: 'AWS::CodePipeline::CustomActionType',
  properties,
  attributes: ['Id'],
  replacedBy: [
    'Category',
    'ConfigurationProperties',
    'InputArtifactDetails',
    'OutputArtifactDetails',
    'Provider',
    'Settings',
    'Version',
  ],
  create: async (context, { Tags: own, ...declared }) => {
    const input = { ...(camelCase(declared) as object), tags: lowerCaseTags(context, own) };
    await context.call('codepipeline', 'CreateCustomActionType', input);
    const physicalId = `${declared.Category}|${declared.Provider}|${declared.Version}`;
    return { physicalId, attributes: { Id: physicalId } };
  },
  update: async (context, { physicalId, properties: before, attributes }, { Tags: own, ...declared }) => {
    const { set, removed } = tagChanges(context, before.Tags, own);
    const type = `Custom/${declared.Category}/${declared.Provider}/${declared.Version}`;
    const resourceArn = `arn:${context.partition}:codepipeline:${context.region}:${context.accountId}:actiontype:${type}`;
    if (set.length > 0)
      await context.call('codepipeline', 'TagResource', { resourceArn, tags: lowerCaseTags(context, own) });
    if (removed.length > 0) await context.call('codepipeline', 'UntagResource', { resourceArn, tagKeys: removed });
    return { physicalId, attributes };
  },
  delete: async (context, { properties: { Category: category, Provider: provider, Version: version } }) => {
    await context.call('codepipeline', 'DeleteCustomActionType', { category, provider, version });
  },
});
