/** What is kept of a REST API. What its stages answer with is the snapshot of their deployment. */
export interface RestApiRecord {
  readonly id: string;
  readonly createdAt: number;
  readonly rootResourceId: string;
  settings: RestApiSettings;
  tags: Record<string, string>;
  readonly resources: Record<string, RestResource>;
  readonly deployments: Record<string, RestDeployment>;
  readonly stages: Record<string, RestStage>;
}

export interface RestApiSettings {
  readonly name: string;
  readonly description?: string;
  readonly type: 'PRIVATE' | 'REGIONAL';
  /** Calls count as made through the first. */
  readonly vpcEndpointIds: readonly string[];
  /** JSON text, with full ARNs. */
  readonly policy?: string;
  readonly binaryMediaTypes: readonly string[];
  readonly disableExecuteApiEndpoint: boolean;
}

export interface RestResource {
  /** Absent for the root. */
  readonly parentId?: string;
  readonly pathPart?: string;
  /** `/webhooks/{connection}` */
  readonly path: string;
  /** By HTTP method, or `ANY`. */
  readonly methods: Record<string, RestMethod>;
}

export interface RestMethod {
  readonly operationName?: string;
  integration?: RestIntegration;
}

export interface RestIntegration {
  readonly uri: string;
  readonly timeoutInMillis: number;
}

export interface RestDeployment {
  readonly createdAt: number;
  readonly description?: string;
  readonly settings: RestApiSettings;
  readonly resources: Readonly<Record<string, RestResource>>;
}

export interface RestStage {
  readonly deploymentId: string;
  readonly description?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly tags: Record<string, string>;
  readonly createdAt: number;
  readonly updatedAt: number;
}
