import { object, string, tags } from './property.ts';
import { defineResource } from './resource-type.ts';
import { allTags } from './tag-changes.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html */
export const eventsEventBus = defineResource({
  type: 'AWS::Events::EventBus',
  properties: object({
    DeadLetterConfig: object({ Arn: string.optional() }).optional(),
    Description: string.optional(),
    KmsKeyIdentifier: string.optional(),
    Name: string,
    Tags: tags.optional(),
  }),
  attributes: ['Arn', 'Name'],
  // Tags of a bus cannot be changed in place here, and a new bus of the same name cannot be made beside it.
  replacedBy: ['Name', 'Tags'],
  nameProperty: 'Name',
  create: async (context, { Tags: own, ...bus }) => {
    const Tags = allTags(context, own);
    const input = { ...bus, Tags: Tags.length === 0 ? undefined : Tags };
    const { EventBusArn } = await context.call<{ EventBusArn: string }>('events', 'CreateEventBus', input);
    return { physicalId: bus.Name, attributes: { Arn: EventBusArn, Name: bus.Name } };
  },
  update: async (context, { physicalId, attributes }, { Tags: _tags, ...bus }) => {
    await context.call('events', 'UpdateEventBus', bus);
    return { physicalId, attributes };
  },
  delete: async (context, { physicalId }) => {
    await context.call('events', 'DeleteEventBus', { Name: physicalId });
  },
});
