import type * as rest from '@aws-sdk/client-api-gateway';
import { operation } from '../cloud/operation.ts';
import type { Service } from '../cloud/service.ts';
import { notFound } from './gateway-error.ts';
import { type RestApiStore, stageOf } from './rest-api-store.ts';

/** Tags of REST APIs and stages, by ARN: `arn:aws:apigateway:us-east-1::/restapis/abc/stages/v1`. */
export function restTagOperations(store: RestApiStore): Service['operations'] {
  const on = (method: string) => (input: { resourceArn: string | undefined }) =>
    store.permission(method, `/tags/${input.resourceArn}`);
  const change = (arn: string | undefined, apply: (tags: Record<string, string>) => void): void => {
    const [, path = ''] = arn?.split(store.arn('')) ?? [];
    const [, kind = '', id = '', part, name] = path.split('/');
    if (kind !== 'restapis') throw notFound(`Invalid resource ARN specified ${arn}`);
    const api = store.api(id);
    apply(part === undefined ? api.tags : stageOf(api, name).tags);
    store.save(api);
  };
  return {
    TagResource: operation(on('PUT'), (input: rest.TagResourceRequest) =>
      change(input.resourceArn, (tags) => void Object.assign(tags, input.tags)),
    ),
    UntagResource: operation(on('DELETE'), (input: rest.UntagResourceRequest) =>
      change(input.resourceArn, (tags) => {
        for (const key of input.tagKeys ?? []) delete tags[key];
      }),
    ),
    GetTags: operation(on('GET'), (input: rest.GetTagsRequest): rest.Tags => {
      let tags: Record<string, string> = {};
      change(input.resourceArn, (found) => {
        tags = { ...found };
      });
      return { tags };
    }),
  };
}
