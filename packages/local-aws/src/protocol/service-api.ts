import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticOperationSchema } from '@smithy/types';
import type { ServiceName } from '../cloud/service.ts';

/** How one service's operations travel, as its published model says. */
export interface ServiceApi {
  readonly name: ServiceName;
  readonly protocol: 'json' | 'query' | 'rest-json' | 'rest-xml';
  /** `1.0` or `1.1`; JSON only. */
  readonly jsonVersion?: '1.0' | '1.1';
  /** What stands before the last dot in X-Amz-Target; the CLI may put a namespace before it. */
  readonly target?: string;
  /** Service name in a SigV4 credential scope. */
  readonly signingName: string;
  readonly xmlNamespace?: string;
  /** Start of the paths, where two services share a signing name; the one with a prefix is listed first. */
  readonly pathPrefix?: string;
  /** Moved from the query protocol to JSON, and tells old clients the old error codes in a header. */
  readonly queryCompatible?: boolean;
  readonly load: () => Promise<object>;
}

/** Every service whose requests can be read. One without an implementation answers with a clear error. */
export const SERVICE_APIS: readonly ServiceApi[] = [
  {
    name: 'apigatewayv2',
    protocol: 'rest-json',
    signingName: 'apigateway',
    pathPrefix: '/v2/',
    load: () => import('@aws-sdk/client-apigatewayv2'),
  },
  {
    name: 'apigateway',
    protocol: 'rest-json',
    signingName: 'apigateway',
    load: () => import('@aws-sdk/client-api-gateway'),
  },
  {
    name: 'cloudformation',
    protocol: 'query',
    signingName: 'cloudformation',
    xmlNamespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    load: () => import('@aws-sdk/client-cloudformation'),
  },
  {
    name: 'cloudwatch',
    protocol: 'json',
    jsonVersion: '1.0',
    target: 'GraniteServiceVersion20100801',
    queryCompatible: true,
    signingName: 'monitoring',
    xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
    load: () => import('@aws-sdk/client-cloudwatch'),
  },
  {
    name: 'codebuild',
    protocol: 'json',
    jsonVersion: '1.1',
    target: 'CodeBuild_20161006',
    signingName: 'codebuild',
    load: () => import('@aws-sdk/client-codebuild'),
  },
  {
    name: 'codeconnections',
    protocol: 'json',
    jsonVersion: '1.0',
    target: 'CodeConnections_20231201',
    signingName: 'codeconnections',
    // One API under two names: but for AzureDevOps and pull request comments of Git sync, the models are the same.
    load: () => import('@aws-sdk/client-codestar-connections'),
  },
  {
    name: 'codestar-connections',
    protocol: 'json',
    jsonVersion: '1.0',
    target: 'CodeStar_connections_20191201',
    signingName: 'codestar-connections',
    load: () => import('@aws-sdk/client-codestar-connections'),
  },
  {
    name: 'codepipeline',
    protocol: 'json',
    jsonVersion: '1.1',
    target: 'CodePipeline_20150709',
    signingName: 'codepipeline',
    load: () => import('@aws-sdk/client-codepipeline'),
  },
  {
    name: 'events',
    protocol: 'json',
    jsonVersion: '1.1',
    target: 'AWSEvents',
    signingName: 'events',
    load: () => import('@aws-sdk/client-eventbridge'),
  },
  {
    name: 'iam',
    protocol: 'query',
    signingName: 'iam',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    load: () => import('@aws-sdk/client-iam'),
  },
  {
    name: 'kms',
    protocol: 'json',
    jsonVersion: '1.1',
    target: 'TrentService',
    signingName: 'kms',
    load: () => import('@aws-sdk/client-kms'),
  },
  {
    name: 'lambda',
    protocol: 'rest-json',
    signingName: 'lambda',
    load: () => import('@aws-sdk/client-lambda'),
  },
  {
    name: 'logs',
    protocol: 'json',
    jsonVersion: '1.1',
    target: 'Logs_20140328',
    signingName: 'logs',
    load: () => import('@aws-sdk/client-cloudwatch-logs'),
  },
  { name: 's3', protocol: 'rest-xml', signingName: 's3', load: () => import('@aws-sdk/client-s3') },
  {
    name: 'secretsmanager',
    protocol: 'json',
    jsonVersion: '1.1',
    target: 'secretsmanager',
    signingName: 'secretsmanager',
    load: () => import('@aws-sdk/client-secrets-manager'),
  },
  {
    name: 'sqs',
    protocol: 'json',
    jsonVersion: '1.0',
    target: 'AmazonSQS',
    queryCompatible: true,
    signingName: 'sqs',
    load: () => import('@aws-sdk/client-sqs'),
  },
  {
    name: 'ssm',
    protocol: 'json',
    jsonVersion: '1.1',
    target: 'AmazonSSM',
    signingName: 'ssm',
    load: () => import('@aws-sdk/client-ssm'),
  },
  {
    name: 'sts',
    protocol: 'query',
    signingName: 'sts',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    load: () => import('@aws-sdk/client-sts'),
  },
];

/** One operation's shapes. */
export interface OperationModel {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  /** `['POST', '/2015-03-31/functions/{FunctionName}/invocations', 200]`; REST protocols only. */
  readonly http?: readonly [method: string, uri: string, status: number];
}

/** A published error: its wire code where that differs from the shape's name, and its status. */
export interface ErrorModel {
  readonly name: string;
  /** `AWS.SimpleQueueService.NonExistentQueue` for `QueueDoesNotExist`. */
  readonly queryCode?: string;
  readonly status?: number;
}

/** The shapes of one service, read from the schemas that its SDK client exports. */
export interface ServiceModel {
  readonly api: ServiceApi;
  readonly operations: ReadonlyMap<string, OperationModel>;
  /** By shape name and by query code. */
  readonly errors: ReadonlyMap<string, ErrorModel>;
}

const models = new Map<ServiceName, Promise<ServiceModel>>();

export function findServiceApi(name: ServiceName): ServiceApi | undefined {
  return SERVICE_APIS.find((api) => api.name === name);
}

/** Loads a client's schemas once; the first load of any costs some 100 ms, each further one about 15. */
export function loadServiceModel(api: ServiceApi): Promise<ServiceModel> {
  let model = models.get(api.name);
  if (model === undefined) {
    model = api.load().then((exported) => readModel(api, exported));
    models.set(api.name, model);
  }
  return model;
}

/** A static schema starts with its kind: 9 operation, -3 error. */
const OPERATION = 9;
const ERROR = -3;

function readModel(api: ServiceApi, exported: object): ServiceModel {
  const operations = new Map<string, OperationModel>();
  const errors = new Map<string, ErrorModel>();
  for (const [name, schema] of Object.entries(exported)) {
    if (!name.endsWith('$') || !Array.isArray(schema)) continue;
    if (schema[0] === OPERATION) {
      const operation = readOperation(schema as StaticOperationSchema);
      operations.set(operation.name, operation);
    } else if (schema[0] === ERROR) {
      const error = readError(schema);
      errors.set(error.name, error);
      if (error.queryCode !== undefined) errors.set(error.queryCode, error);
    }
  }
  return { api, operations, errors };
}

function readOperation(schema: StaticOperationSchema): OperationModel {
  const [, , name, traits, input, output] = schema;
  const http = typeof traits === 'object' ? traits.http : undefined;
  const model = { name, input: NormalizedSchema.of(input), output: NormalizedSchema.of(output) };
  return http === undefined ? model : { ...model, http };
}

function readError(schema: readonly unknown[]): ErrorModel {
  const name = String(schema[2]);
  const traits = schema[3] as { httpError?: number; awsQueryError?: readonly [string, number] } | 0;
  if (traits === 0) return { name };
  const queryCode = traits.awsQueryError?.[0];
  return {
    name,
    ...(queryCode !== undefined && { queryCode }),
    ...(traits.httpError !== undefined && { status: traits.httpError }),
  };
}
