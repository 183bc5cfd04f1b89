import { commonLogTime, type FrontRequest, joined, lowerCaseHeaders } from './front-request.ts';

/** What an event of payload 2.0 says beside the request itself. */
export interface PayloadV2Context {
  readonly accountId: string;
  readonly apiId: string;
  readonly domainName: string;
  readonly routeKey: string;
  readonly stage: string;
  readonly requestId: string;
  readonly now: number;
  /** As the door gives it: decoded by HTTP APIs, as sent by function URLs. */
  readonly path: string;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly stageVariables?: Readonly<Record<string, string>>;
}

/**
 * Content types whose body is handed over as text; every other one, and none, as base64. AWS documents only that
 * "binary" ones are encoded; this split was measured on an HTTP API by others, and surprises with form bodies:
 * https://github.com/ministackorg/ministack/pull/766 (read 2026-11-21).
 */
const TEXT = /^(text\/.*|application\/(json|xml|javascript))$/;

/**
 * The event of format 2.0:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html.
 * A text body becomes a JSON string, so bytes that are not UTF-8 become U+FFFD, as on AWS.
 */
export function payloadV2(request: FrontRequest, body: Buffer, context: PayloadV2Context): object {
  const { cookie: _cookie, ...headers } = lowerCaseHeaders(request);
  const cookies = request.headers
    .filter(([name]) => name.toLowerCase() === 'cookie')
    .flatMap(([, value]) => value.split(';').map((each) => each.trim()));
  const query = joined(new URLSearchParams(request.rawQueryString));
  const { routeKey, stage, requestId, now, path, pathParameters = {}, stageVariables = {} } = context;
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: request.rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...unlessEmpty('queryStringParameters', query),
    requestContext: {
      accountId: context.accountId,
      apiId: context.apiId,
      domainName: context.domainName,
      domainPrefix: context.domainName.split('.')[0],
      http: {
        method: request.method,
        path,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: request.userAgent,
      },
      requestId,
      routeKey,
      stage,
      time: commonLogTime(now),
      timeEpoch: now,
    },
    ...unlessEmpty('pathParameters', pathParameters),
    ...unlessEmpty('stageVariables', stageVariables),
    ...bodyOf(body, headers['content-type']),
  };
}

function bodyOf(body: Buffer, contentType = ''): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  return TEXT.test(type)
    ? { body: body.toString('utf8'), isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

function unlessEmpty(name: string, values: Readonly<Record<string, string>>): object {
  return Object.keys(values).length === 0 ? {} : { [name]: values };
}
