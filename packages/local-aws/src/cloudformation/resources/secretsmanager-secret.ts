import type * as z from 'zod';
import { boolean, integer, object, string, tags } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';
import { allTags, tagChanges } from './tag-changes.ts';

const generate = object({
  ExcludeCharacters: string.optional(),
  ExcludeLowercase: boolean.optional(),
  ExcludeNumbers: boolean.optional(),
  ExcludePunctuation: boolean.optional(),
  ExcludeUppercase: boolean.optional(),
  GenerateStringKey: string.optional(),
  IncludeSpace: boolean.optional(),
  PasswordLength: integer.optional(),
  RequireEachIncludedType: boolean.optional(),
  SecretStringTemplate: string.optional(),
});

const properties = object({
  Description: string.optional(),
  GenerateSecretString: generate.optional(),
  KmsKeyId: string.optional(),
  Name: string.optional(),
  SecretString: string.optional(),
  Tags: tags.optional(),
}).refine((secret) => secret.SecretString === undefined || secret.GenerateSecretString === undefined, {
  error: 'You can specify either SecretString or GenerateSecretString, but not both',
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html */
export const secretsmanagerSecret = defineResource({
  type: 'AWS::SecretsManager::Secret',
  properties,
  attributes: ['Id'],
  replacedBy: ['Name'],
  nameProperty: 'Name',
  create: async (context, secret) => {
    const Tags = allTags(context, secret.Tags);
    const { ARN } = await context.call<{ ARN: string }>('secretsmanager', 'CreateSecret', {
      Name: secret.Name ?? context.physicalName(512),
      Description: secret.Description,
      KmsKeyId: secret.KmsKeyId,
      SecretString:
        secret.GenerateSecretString === undefined
          ? secret.SecretString
          : await generated(context, secret.GenerateSecretString),
      Tags: Tags.length === 0 ? undefined : Tags,
    });
    return { physicalId: ARN, attributes: { Id: ARN } };
  },
  update: async (context, { physicalId: SecretId, properties: before, attributes }, secret) => {
    const isNewRecipe =
      secret.GenerateSecretString !== undefined &&
      JSON.stringify(secret.GenerateSecretString) !== JSON.stringify(before.GenerateSecretString);
    const given = secret.SecretString === before.SecretString ? undefined : secret.SecretString;
    // An unchanged value is not written again: it may have been rotated since.
    const SecretString = isNewRecipe ? await generated(context, secret.GenerateSecretString ?? {}) : given;
    await context.call('secretsmanager', 'UpdateSecret', {
      SecretId,
      Description: secret.Description ?? '',
      KmsKeyId: secret.KmsKeyId,
      SecretString,
    });
    const { set, removed } = tagChanges(context, before.Tags, secret.Tags);
    if (set.length > 0) await context.call('secretsmanager', 'TagResource', { SecretId, Tags: set });
    if (removed.length > 0) await context.call('secretsmanager', 'UntagResource', { SecretId, TagKeys: removed });
    return { physicalId: SecretId, attributes };
  },
  delete: async (context, { physicalId }) => {
    await context.call('secretsmanager', 'DeleteSecret', { SecretId: physicalId, ForceDeleteWithoutRecovery: true });
  },
});

async function generated(context: ResourceContext, recipe: z.infer<typeof generate>): Promise<string> {
  const { GenerateStringKey: key, SecretStringTemplate: template, ...options } = recipe;
  const { RandomPassword } = await context.call<{ RandomPassword: string }>(
    'secretsmanager',
    'GetRandomPassword',
    options,
  );
  if (key === undefined && template === undefined) return RandomPassword;
  if (key === undefined || template === undefined)
    throw new Error('GenerateStringKey and SecretStringTemplate must be given together');
  const value: unknown = JSON.parse(template);
  if (typeof value !== 'object' || value === null) throw new Error('SecretStringTemplate must be a JSON object');
  return JSON.stringify({ ...value, [key]: RandomPassword });
}
