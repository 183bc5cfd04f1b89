import type * as kms from '@aws-sdk/client-kms';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import type { KeyStore } from './key-store.ts';

/** Aliases and tags of keys. */
export function aliasOperations(store: KeyStore): Service['operations'] {
  const onAlias = (action: string) => (input: { AliasName: string | undefined; TargetKeyId?: string | undefined }) => [
    ...permit(`kms:${action}`, store.aliasArn(input.AliasName)),
    ...(input.TargetKeyId === undefined ? [] : store.permission(action, input.TargetKeyId)),
  ];
  const requireAlias = (name: string | undefined) => {
    if (!store.aliases.has(name ?? '')) {
      throw new ServiceError('NotFoundException', `Alias ${store.aliasArn(name)} is not found.`);
    }
  };
  return {
    CreateAlias: operation(onAlias('CreateAlias'), (input: kms.CreateAliasRequest) => {
      const name = input.AliasName ?? '';
      if (!/^alias\/[\w/-]+$/.test(name) || name.startsWith('alias/aws/')) {
        throw new ServiceError(
          'InvalidAliasNameException',
          `"${name}" must start with alias/ and not with alias/aws/.`,
        );
      }
      if (store.aliases.has(name))
        throw new ServiceError('AlreadyExistsException', `An alias named ${name} already exists.`);
      store.aliases.set(name, store.find(input.TargetKeyId).id);
    }),
    UpdateAlias: operation(onAlias('UpdateAlias'), (input: kms.UpdateAliasRequest) => {
      requireAlias(input.AliasName);
      store.aliases.set(input.AliasName ?? '', store.find(input.TargetKeyId).id);
    }),
    DeleteAlias: operation(onAlias('DeleteAlias'), (input: kms.DeleteAliasRequest) => {
      requireAlias(input.AliasName);
      store.aliases.delete(input.AliasName ?? '');
    }),
    ListAliases: operation(
      (_input: kms.ListAliasesRequest) => permit('kms:ListAliases'),
      (input): kms.ListAliasesResponse => {
        const only = input.KeyId === undefined ? undefined : store.find(input.KeyId).id;
        const Aliases = [...store.aliases.entries()]
          .filter(([, id]) => only === undefined || id === only)
          .map(([AliasName, TargetKeyId]) => ({ AliasName, AliasArn: store.aliasArn(AliasName), TargetKeyId }));
        return { Aliases, Truncated: false };
      },
    ),
    TagResource: operation(
      (input: kms.TagResourceRequest) => store.permission('TagResource', input.KeyId),
      (input) => {
        const key = store.find(input.KeyId);
        for (const { TagKey, TagValue } of input.Tags ?? []) key.tags[TagKey ?? ''] = TagValue ?? '';
        store.save(key);
      },
    ),
    UntagResource: operation(
      (input: kms.UntagResourceRequest) => store.permission('UntagResource', input.KeyId),
      (input) => {
        const key = store.find(input.KeyId);
        for (const name of input.TagKeys ?? []) delete key.tags[name];
        store.save(key);
      },
    ),
    ListResourceTags: operation(
      (input: kms.ListResourceTagsRequest) => store.permission('ListResourceTags', input.KeyId),
      (input): kms.ListResourceTagsResponse => {
        const tags = Object.entries(store.find(input.KeyId).tags);
        return { Tags: tags.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), Truncated: false };
      },
    ),
  };
}
