import { commonLogTime, type FrontRequest } from './front-request.ts';

/** What an event of payload 1.0 says beside the request itself. */
export interface PayloadV1Context {
  readonly accountId: string;
  readonly apiId: string;
  readonly deploymentId: string;
  readonly domainName: string;
  readonly stage: string;
  readonly resourceId: string;
  /** `/webhooks/{connection}` */
  readonly resourcePath: string;
  /** As sent, without the stage. */
  readonly path: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly stageVariables?: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly vpcEndpointId: string | undefined;
  readonly now: number;
  /** Whether the body's type is one of the API's binary media types. */
  readonly isBinary: boolean;
}

/** Parts of an identity that only signed, key-bearing or Cognito requests have. */
const NO_IDENTITY = {
  cognitoIdentityPoolId: null,
  accountId: null,
  cognitoIdentityId: null,
  caller: null,
  accessKey: null,
  cognitoAuthenticationType: null,
  cognitoAuthenticationProvider: null,
  userArn: null,
  user: null,
  principalOrgId: null,
};

/**
 * The event that a REST API hands to a Lambda proxy integration; header names keep their case, and of repeated ones
 * `headers` has the last: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html.
 */
export function payloadV1(request: FrontRequest, body: Buffer, context: PayloadV1Context): object {
  const { vpcEndpointId, requestId, extendedRequestId, now } = context;
  const vpc: [string, string][] = vpcEndpointId === undefined ? [] : [['x-amzn-vpce-id', vpcEndpointId]];
  const headers = [...request.headers, ...vpc];
  const query = [...new URLSearchParams(request.rawQueryString)];
  return {
    resource: context.resourcePath,
    path: context.path,
    httpMethod: request.method,
    headers: last(headers),
    multiValueHeaders: all(headers),
    queryStringParameters: orNull(last(query)),
    multiValueQueryStringParameters: orNull(all(query)),
    pathParameters: orNull(context.pathParameters),
    stageVariables: orNull(context.stageVariables ?? {}),
    requestContext: {
      resourceId: context.resourceId,
      resourcePath: context.resourcePath,
      httpMethod: request.method,
      extendedRequestId,
      requestTime: commonLogTime(now),
      path: `/${context.stage}${context.path}`,
      accountId: context.accountId,
      protocol: request.protocol,
      stage: context.stage,
      domainPrefix: context.domainName.split('.')[0],
      requestTimeEpoch: now,
      requestId,
      identity: {
        ...NO_IDENTITY,
        ...(vpcEndpointId !== undefined && { vpceId: vpcEndpointId }),
        sourceIp: request.sourceIp,
        userAgent: request.userAgent || null,
      },
      domainName: context.domainName,
      deploymentId: context.deploymentId,
      apiId: context.apiId,
    },
    body: body.length === 0 ? null : body.toString(context.isBinary ? 'base64' : 'utf8'),
    isBase64Encoded: body.length > 0 && context.isBinary,
  };
}

type Pairs = readonly (readonly [string, string])[];

function last(pairs: Pairs): Record<string, string> {
  return Object.fromEntries(pairs);
}

function all(pairs: Pairs): Record<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(values);
}

function orNull<T extends object>(values: T): T | null {
  return Object.keys(values).length === 0 ? null : values;
}
