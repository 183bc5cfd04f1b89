import type * as apis from '@aws-sdk/client-apigatewayv2';
import { operation } from '../cloud/operation.ts';
import type { Service } from '../cloud/service.ts';
import { notFound } from './gateway-error.ts';
import type { HttpApiStore } from './http-api-store.ts';

/** Tags of APIs, stages and domain names, by ARN: `arn:aws:apigateway:us-east-1::/apis/abc/stages/$default`. */
export function tagOperations(store: HttpApiStore): Service['operations'] {
  const on = (method: string) => (input: { ResourceArn: string | undefined }) =>
    store.permission(method, `/tags/${input.ResourceArn}`);
  const change = (arn: string | undefined, apply: (tags: Record<string, string>) => void): void => {
    const path = arn?.startsWith(store.arn('')) === true ? arn.slice(store.arn('').length) : '';
    const [, kind = '', id = '', part, name = ''] = path.split('/');
    if (kind === 'domainnames') {
      const domain = store.domain(id);
      apply(domain.tags);
      store.saveDomain(domain);
      return;
    }
    if (kind !== 'apis') throw notFound(`Invalid resource ARN specified ${arn}`);
    const api = store.api(id);
    const tags = part === undefined ? api.tags : api.stages[name]?.tags;
    if (tags === undefined) throw notFound(`Invalid resource ARN specified ${arn}`);
    apply(tags);
    store.save(api);
  };
  return {
    TagResource: operation(on('POST'), (input: apis.TagResourceRequest) => {
      change(input.ResourceArn, (tags) => void Object.assign(tags, input.Tags));
      return {};
    }),
    UntagResource: operation(on('DELETE'), (input: apis.UntagResourceRequest) => {
      change(input.ResourceArn, (tags) => {
        for (const key of input.TagKeys ?? []) delete tags[key];
      });
    }),
    GetTags: operation(on('GET'), (input: apis.GetTagsRequest): apis.GetTagsResponse => {
      let Tags: Record<string, string> = {};
      change(input.ResourceArn, (tags) => {
        Tags = { ...tags };
      });
      return { Tags };
    }),
  };
}
