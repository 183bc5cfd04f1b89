import * as z from 'zod/mini';
import { RuntimeError } from './errors.ts';

/** One HTTP request as a Lambda function gets it from an HTTP API, a function URL or a REST API. */
export interface HttpRequest {
  readonly method: string;
  /** Without the query, as the client sent it: `/webhooks/my-git`. May begin with the API's stage. */
  readonly path: string;
  /** By lower-case name; several of the same name joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sourceIp: string;
  /** The raw bytes; `undefined` where they are more than the caller reads. */
  readonly body: Uint8Array | undefined;
}

const headers = z.nullish(z.record(z.string(), z.optional(z.string())));
const body = z.nullish(z.string());
const isBase64Encoded = z.optional(z.boolean());

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html, payload 2.0 */
const version2 = z.object({
  version: z.literal('2.0'),
  rawPath: z.string(),
  headers,
  body,
  isBase64Encoded,
  requestContext: z.object({ http: z.object({ method: z.string(), sourceIp: z.string() }) }),
});

/** The same page, payload 1.0: what a REST API sends. */
const version1 = z.object({
  httpMethod: z.string(),
  path: z.string(),
  headers,
  body,
  isBase64Encoded,
  requestContext: z.object({ identity: z.object({ sourceIp: z.string() }) }),
});

/**
 * Reads a Lambda proxy event, payload 2.0 or 1.0. A body over `maxBytes` is not decoded.
 * Throws `runtime/http-event-invalid`.
 */
export function parseHttpRequest(event: unknown, maxBytes: number): HttpRequest {
  const two = version2.safeParse(event);
  if (two.success) {
    const { http } = two.data.requestContext;
    return { method: http.method, path: two.data.rawPath, sourceIp: http.sourceIp, ...content(two.data, maxBytes) };
  }
  const one = version1.safeParse(event);
  if (!one.success) {
    throw new RuntimeError(
      'runtime/http-event-invalid',
      'This is no HTTP request of API Gateway or a function URL. Let only those invoke this function.',
    );
  }
  const { httpMethod, path, requestContext } = one.data;
  return { method: httpMethod, path, sourceIp: requestContext.identity.sourceIp, ...content(one.data, maxBytes) };
}

type Content = Pick<z.output<typeof version2>, 'headers' | 'body' | 'isBase64Encoded'>;

function content(event: Content, maxBytes: number): Pick<HttpRequest, 'headers' | 'body'> {
  return {
    headers: Object.fromEntries(
      Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value ?? '']),
    ),
    body: readBody(event.body ?? '', event.isBase64Encoded === true ? 'base64' : 'utf8', maxBytes),
  };
}

function readBody(text: string, encoding: 'base64' | 'utf8', maxBytes: number): Uint8Array | undefined {
  return Buffer.byteLength(text, encoding) > maxBytes ? undefined : Buffer.from(text, encoding);
}
