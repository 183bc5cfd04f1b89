import type * as sdk from '@aws-sdk/client-codestar-connections';
import { operation, permit } from '../cloud/operation.ts';
import type { Service } from '../cloud/service.ts';
import { type ConnectionStore, connectionNamed, hostNamed, prefixOf } from './connection-record.ts';
import { checkTags } from './limits.ts';

export function tagOperations(store: ConnectionStore): Service['operations'] {
  const on = (action: string) => (input: { ResourceArn: string | undefined }) =>
    permit(`${prefixOf(input.ResourceArn)}:${action}`, input.ResourceArn);
  return {
    ListTagsForResource: operation(
      on('ListTagsForResource'),
      (input: sdk.ListTagsForResourceInput): sdk.ListTagsForResourceOutput => ({
        Tags: tagsOf(store, input.ResourceArn),
      }),
    ),
    TagResource: operation(on('TagResource'), (input: sdk.TagResourceInput): object => {
      const given = checkTags(input.Tags);
      const kept = tagsOf(store, input.ResourceArn).filter(({ Key }) => !given.some((tag) => tag.Key === Key));
      setTags(store, input.ResourceArn, checkTags([...kept, ...given]));
      return {};
    }),
    UntagResource: operation(on('UntagResource'), (input: sdk.UntagResourceInput): object => {
      const removed = new Set(input.TagKeys ?? []);
      const kept = tagsOf(store, input.ResourceArn).filter(({ Key }) => !removed.has(Key ?? ''));
      setTags(store, input.ResourceArn, kept);
      return {};
    }),
  };
}

function isHost(arn: string | undefined): boolean {
  return arn?.split(':')[5]?.startsWith('host/') === true;
}

function tagsOf(store: ConnectionStore, arn: string | undefined): sdk.Tag[] {
  return isHost(arn) ? hostNamed(store, arn).tags : connectionNamed(store, arn).tags;
}

function setTags(store: ConnectionStore, arn: string | undefined, tags: sdk.Tag[]): void {
  if (isHost(arn)) {
    const host = hostNamed(store, arn);
    store.hosts.set(host.arn, { ...host, tags });
  } else {
    const connection = connectionNamed(store, arn);
    store.connections.set(connection.arn, { ...connection, tags });
  }
}
