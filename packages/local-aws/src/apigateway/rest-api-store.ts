import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { permit } from '../cloud/operation.ts';
import type { Permission } from '../cloud/service.ts';
import { notFound } from './gateway-error.ts';
import type { RestApiRecord, RestMethod, RestResource, RestStage } from './rest-api-record.ts';

/** REST APIs. */
export class RestApiStore {
  readonly cloud: Cloud;
  readonly apis: Collection<RestApiRecord>;

  constructor(cloud: Cloud) {
    this.cloud = cloud;
    this.apis = cloud.collection('apigateway/rest-apis');
  }

  api(id: string | undefined): RestApiRecord {
    const api = this.apis.get(id ?? '');
    if (api === undefined) throw notFound(`Invalid API identifier specified ${this.cloud.accountId}:${id}`);
    return api;
  }

  save(api: RestApiRecord): void {
    this.apis.set(api.id, api);
  }

  /** `arn:aws:apigateway:us-east-1::/restapis/abc` */
  arn(path: string): string {
    return `arn:${this.cloud.partition}:apigateway:${this.cloud.region}::${path}`;
  }

  permission(method: string, path: string): readonly Permission[] {
    return permit(`apigateway:${method}`, this.arn(path));
  }
}

export function resourceOf(api: RestApiRecord, id: string | undefined): RestResource {
  const resource = Object.hasOwn(api.resources, id ?? '') ? api.resources[id ?? ''] : undefined;
  if (resource === undefined) throw notFound('Invalid Resource identifier specified');
  return resource;
}

export function methodOf(resource: RestResource, name: string | undefined): RestMethod {
  const method = Object.hasOwn(resource.methods, name ?? '') ? resource.methods[name ?? ''] : undefined;
  if (method === undefined) throw notFound('Invalid Method identifier specified');
  return method;
}

export function stageOf(api: RestApiRecord, name: string | undefined): RestStage {
  const stage = Object.hasOwn(api.stages, name ?? '') ? api.stages[name ?? ''] : undefined;
  if (stage === undefined) throw notFound('Invalid stage identifier specified');
  return stage;
}
