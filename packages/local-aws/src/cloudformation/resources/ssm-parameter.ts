import { object, string, stringMap, word } from './property.ts';
import { defineResource } from './resource-type.ts';
import { allTags, tagChanges, tagList } from './tag-changes.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html (standard tier) */
export const ssmParameter = defineResource({
  type: 'AWS::SSM::Parameter',
  properties: object({
    DataType: word('text').optional(),
    Description: string.optional(),
    Name: string.optional(),
    // A map, unlike the tags of most types.
    Tags: stringMap.optional(),
    Tier: word('Standard').optional(),
    Type: word('String', 'StringList'),
    Value: string,
  }),
  attributes: ['Type', 'Value'],
  replacedBy: ['Name'],
  nameProperty: 'Name',
  create: async (context, { Name = context.physicalName(1011), ...parameter }) => {
    const Tags = allTags(context, tagList(parameter.Tags));
    await context.call('ssm', 'PutParameter', { ...parameter, Name, Tags: Tags.length === 0 ? undefined : Tags });
    return { physicalId: Name, attributes: { Type: parameter.Type, Value: parameter.Value } };
  },
  update: async (context, { physicalId: Name, properties: before }, { Tags, ...parameter }) => {
    const Description = parameter.Description ?? '';
    await context.call('ssm', 'PutParameter', { ...parameter, Name, Description, Overwrite: true });
    const { set, removed } = tagChanges(context, tagList(before.Tags), tagList(Tags));
    const resource = { ResourceType: 'Parameter', ResourceId: Name };
    if (set.length > 0) await context.call('ssm', 'AddTagsToResource', { ...resource, Tags: set });
    if (removed.length > 0) await context.call('ssm', 'RemoveTagsFromResource', { ...resource, TagKeys: removed });
    return { physicalId: Name, attributes: { Type: parameter.Type, Value: parameter.Value } };
  },
  delete: async (context, { physicalId }) => {
    await context.call('ssm', 'DeleteParameter', { Name: physicalId });
  },
});
