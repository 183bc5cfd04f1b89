import type * as z from 'zod';
import { boolean, document, integer, object, string, tags } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';
import { allTags, tagChanges } from './tag-changes.ts';

const properties = object({
  BypassPolicyLockoutSafetyCheck: boolean.optional(),
  Description: string.optional(),
  EnableKeyRotation: boolean.optional(),
  Enabled: boolean.optional(),
  KeyPolicy: document.optional(),
  KeySpec: string.optional(),
  KeyUsage: string.optional(),
  PendingWindowInDays: integer.optional(),
  RotationPeriodInDays: integer.optional(),
  Tags: tags.optional(),
});
type Key = z.infer<typeof properties>;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html */
export const kmsKey = defineResource({
  type: 'AWS::KMS::Key',
  properties,
  attributes: ['Arn', 'KeyId'],
  replacedBy: [],
  create: async (context, key) => {
    const Tags = allTags(context, key.Tags).map(({ Key: TagKey, Value: TagValue }) => ({ TagKey, TagValue }));
    const { KeyMetadata } = await context.call<{ KeyMetadata: { KeyId: string; Arn: string } }>('kms', 'CreateKey', {
      BypassPolicyLockoutSafetyCheck: key.BypassPolicyLockoutSafetyCheck,
      Description: key.Description,
      KeySpec: key.KeySpec,
      KeyUsage: key.KeyUsage,
      Policy: key.KeyPolicy,
      Tags: Tags.length === 0 ? undefined : Tags,
    });
    const { KeyId, Arn } = KeyMetadata;
    context.created(KeyId);
    await switches(context, KeyId, key, {});
    return { physicalId: KeyId, attributes: { Arn, KeyId } };
  },
  update: async (context, { physicalId: KeyId, properties: before, attributes }, key) => {
    if (key.KeySpec !== before.KeySpec || key.KeyUsage !== before.KeyUsage) {
      throw new Error(`KeySpec and KeyUsage of key ${KeyId} cannot be changed; declare a key with another logical ID`);
    }
    if (key.KeyPolicy !== undefined && key.KeyPolicy !== before.KeyPolicy) {
      await context.call('kms', 'PutKeyPolicy', {
        KeyId,
        PolicyName: 'default',
        Policy: key.KeyPolicy,
        BypassPolicyLockoutSafetyCheck: key.BypassPolicyLockoutSafetyCheck,
      });
    }
    if (key.Description !== before.Description)
      await context.call('kms', 'UpdateKeyDescription', { KeyId, Description: key.Description ?? '' });
    await switches(context, KeyId, key, before);
    const { set, removed } = tagChanges(context, before.Tags, key.Tags);
    if (set.length > 0)
      await context.call('kms', 'TagResource', {
        KeyId,
        Tags: set.map(({ Key: TagKey, Value: TagValue }) => ({ TagKey, TagValue })),
      });
    if (removed.length > 0) await context.call('kms', 'UntagResource', { KeyId, TagKeys: removed });
    return { physicalId: KeyId, attributes };
  },
  delete: async (context, { physicalId: KeyId, properties: { PendingWindowInDays } }) => {
    await context.call('kms', 'ScheduleKeyDeletion', { KeyId, PendingWindowInDays });
  },
});

async function switches(context: ResourceContext, KeyId: string, key: Key, before: Key): Promise<void> {
  const rotation = (value: Key) => [value.EnableKeyRotation ?? false, value.RotationPeriodInDays].join();
  if (rotation(key) !== rotation(before)) {
    if (key.EnableKeyRotation === true)
      await context.call('kms', 'EnableKeyRotation', { KeyId, RotationPeriodInDays: key.RotationPeriodInDays });
    else await context.call('kms', 'DisableKeyRotation', { KeyId });
  }
  if ((key.Enabled ?? true) !== (before.Enabled ?? true))
    await context.call('kms', key.Enabled === false ? 'DisableKey' : 'EnableKey', { KeyId });
}
