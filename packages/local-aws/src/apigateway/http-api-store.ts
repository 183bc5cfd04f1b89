import { randomBytes } from 'node:crypto';
import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { permit } from '../cloud/operation.ts';
import type { Permission } from '../cloud/service.ts';
import { notFound } from './gateway-error.ts';
import type { DomainRecord, HttpApiRecord } from './http-api-record.ts';

/** HTTP APIs and custom domains. */
export class HttpApiStore {
  readonly cloud: Cloud;
  readonly apis: Collection<HttpApiRecord>;
  readonly domains: Collection<DomainRecord>;

  constructor(cloud: Cloud) {
    this.cloud = cloud;
    this.apis = cloud.collection('apigatewayv2/apis');
    this.domains = cloud.collection('apigatewayv2/domains');
  }

  api(id: string | undefined): HttpApiRecord {
    const api = this.apis.get(id ?? '');
    if (api === undefined) throw notFound(`Invalid API identifier specified ${this.cloud.accountId}:${id}`);
    return api;
  }

  save(api: HttpApiRecord): void {
    this.apis.set(api.apiId, api);
  }

  domain(name: string | undefined): DomainRecord {
    const domain = this.domains.get((name ?? '').toLowerCase());
    if (domain === undefined) throw notFound('The domain name resource specified in the request was not found.');
    return domain;
  }

  saveDomain(domain: DomainRecord): void {
    this.domains.set(domain.domainName, domain);
  }

  /** `arn:aws:apigateway:us-east-1::/apis/abc`, which is also what tags are put on. */
  arn(path: string): string {
    return `arn:${this.cloud.partition}:apigateway:${this.cloud.region}::${path}`;
  }

  /** API Gateway's IAM actions are HTTP methods: `apigateway:POST` on `/apis/abc/routes`. */
  permission(method: string, path: string): readonly Permission[] {
    return permit(`apigateway:${method}`, this.arn(path));
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** `a1b2c3d4e5` */
export function newId(length = 10): string {
  return Array.from(randomBytes(length), (byte) => LETTERS[byte % LETTERS.length]).join('');
}
