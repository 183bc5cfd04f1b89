import { document, integer, object, string } from './property.ts';
import { defineResource } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-archive.html */
export const eventsArchive = defineResource({
  type: 'AWS::Events::Archive',
  properties: object({
    ArchiveName: string.optional(),
    Description: string.optional(),
    EventPattern: document.optional(),
    RetentionDays: integer.optional(),
    SourceArn: string,
  }),
  attributes: ['Arn', 'ArchiveName'],
  replacedBy: ['ArchiveName', 'SourceArn'],
  nameProperty: 'ArchiveName',
  create: async (context, { SourceArn: EventSourceArn, ...archive }) => {
    const ArchiveName = archive.ArchiveName ?? context.physicalName(48);
    const { ArchiveArn } = await context.call<{ ArchiveArn: string }>('events', 'CreateArchive', {
      ...archive,
      ArchiveName,
      EventSourceArn,
    });
    return { physicalId: ArchiveName, attributes: { Arn: ArchiveArn, ArchiveName } };
  },
  update: async (context, { physicalId: ArchiveName, properties: before, attributes }, after) => {
    const { SourceArn: _fixed, ...archive } = after;
    if (before.EventPattern !== undefined && archive.EventPattern === undefined) {
      throw new Error('UpdateArchive cannot take an EventPattern away: write one that every event matches');
    }
    await context.call('events', 'UpdateArchive', { Description: '', RetentionDays: 0, ...archive, ArchiveName });
    return { physicalId: ArchiveName, attributes };
  },
  delete: async (context, { physicalId: ArchiveName }) => {
    await context.call('events', 'DeleteArchive', { ArchiveName });
  },
});
