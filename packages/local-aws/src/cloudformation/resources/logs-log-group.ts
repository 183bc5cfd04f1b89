import { textOf } from '../template/json.ts';
import { integer, object, string, tags, word } from './property.ts';
import { defineResource } from './resource-type.ts';
import { tagChanges, tagMap } from './tag-changes.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html */
export const logsLogGroup = defineResource({
  type: 'AWS::Logs::LogGroup',
  properties: object({
    KmsKeyId: string.optional(),
    LogGroupClass: word('STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY').optional(),
    LogGroupName: string.optional(),
    RetentionInDays: integer.optional(),
    Tags: tags.optional(),
  }),
  attributes: ['Arn'],
  replacedBy: ['LogGroupName', 'LogGroupClass'],
  nameProperty: 'LogGroupName',
  create: async (context, group) => {
    const logGroupName = group.LogGroupName ?? context.physicalName(512);
    const { KmsKeyId: kmsKeyId, LogGroupClass: logGroupClass, RetentionInDays: retentionInDays } = group;
    await context.call('logs', 'CreateLogGroup', {
      logGroupName,
      kmsKeyId,
      logGroupClass,
      tags: tagMap(context, group.Tags),
    });
    context.created(logGroupName);
    if (retentionInDays !== undefined)
      await context.call('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays });
    const { partition, region, accountId } = context;
    return {
      physicalId: logGroupName,
      attributes: { Arn: `arn:${partition}:logs:${region}:${accountId}:log-group:${logGroupName}:*` },
    };
  },
  update: async (context, { physicalId: logGroupName, properties: before, attributes }, group) => {
    const { KmsKeyId: kmsKeyId, RetentionInDays: retentionInDays } = group;
    if (retentionInDays === undefined) await context.call('logs', 'DeleteRetentionPolicy', { logGroupName });
    else if (retentionInDays !== before.RetentionInDays)
      await context.call('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays });
    if (kmsKeyId !== before.KmsKeyId) {
      if (kmsKeyId === undefined) await context.call('logs', 'DisassociateKmsKey', { logGroupName });
      else await context.call('logs', 'AssociateKmsKey', { logGroupName, kmsKeyId });
    }
    const { set, removed } = tagChanges(context, before.Tags, group.Tags);
    const resourceArn = textOf(attributes.Arn).replace(/:\*$/, '');
    if (set.length > 0) await context.call('logs', 'TagResource', { resourceArn, tags: tagMap(context, group.Tags) });
    if (removed.length > 0) await context.call('logs', 'UntagResource', { resourceArn, tagKeys: removed });
    return { physicalId: logGroupName, attributes };
  },
  delete: async (context, { physicalId }) => {
    await context.call('logs', 'DeleteLogGroup', { logGroupName: physicalId });
  },
});
