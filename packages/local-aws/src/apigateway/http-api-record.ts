import type * as apis from '@aws-sdk/client-apigatewayv2';

/** What is kept of an HTTP API: members as the API has them, children by their ID. */
export interface HttpApiRecord {
  readonly apiId: string;
  readonly createdAt: number;
  settings: ApiSettings;
  tags: Record<string, string>;
  readonly integrations: Record<string, IntegrationRecord>;
  readonly routes: Record<string, RouteRecord>;
  /** By name: `$default`. */
  readonly stages: Record<string, StageRecord>;
}

export interface ApiSettings {
  readonly Name: string;
  readonly Description?: string;
  readonly Version?: string;
  readonly DisableExecuteApiEndpoint?: boolean;
  readonly IpAddressType?: apis.IpAddressType;
}

export interface IntegrationRecord {
  readonly IntegrationUri: string;
  readonly TimeoutInMillis: number;
  readonly Description?: string;
}

export interface RouteRecord {
  /** `POST /webhooks/{connection}`, `ANY /{proxy+}`, `$default`. */
  readonly RouteKey: string;
  /** `integrations/<id>` */
  readonly Target?: string;
  readonly OperationName?: string;
}

export interface RouteLimits {
  /** Requests that may come at once. */
  readonly ThrottlingBurstLimit?: number;
  /** Requests per second. */
  readonly ThrottlingRateLimit?: number;
  readonly DetailedMetricsEnabled?: boolean;
}

export interface StageRecord {
  readonly AccessLogSettings?: { readonly DestinationArn: string; readonly Format: string };
  readonly DefaultRouteSettings?: RouteLimits;
  readonly RouteSettings?: Readonly<Record<string, RouteLimits>>;
  readonly StageVariables?: Readonly<Record<string, string>>;
  readonly Description?: string;
  readonly tags: Record<string, string>;
  readonly createdAt: number;
}

export interface DomainRecord {
  readonly domainName: string;
  configurations: readonly apis.DomainNameConfiguration[];
  tags: Record<string, string>;
  readonly mappings: Record<string, ApiMappingRecord>;
}

export interface ApiMappingRecord {
  readonly ApiId: string;
  readonly Stage: string;
  /** First part of the path on the domain; '' for the whole domain. */
  readonly ApiMappingKey: string;
}
