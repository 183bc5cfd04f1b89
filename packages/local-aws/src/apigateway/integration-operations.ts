import type * as apis from '@aws-sdk/client-apigatewayv2';
import type { Service } from '../cloud/service.ts';
import { childOperations } from './child-operations.ts';
import { badRequest, conflict, oneOf, refuseOthers } from './gateway-error.ts';
import type { IntegrationRecord } from './http-api-record.ts';
import type { HttpApiStore } from './http-api-store.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const TIMEOUT_MS = { least: 50, most: 30_000 };
const READ = [
  'ApiId',
  'IntegrationId',
  'IntegrationType',
  'IntegrationMethod',
  'IntegrationUri',
  'ConnectionType',
  'PayloadFormatVersion',
  'TimeoutInMillis',
  'Description',
];

type Input = Partial<apis.CreateIntegrationRequest>;

/** Integrations: a Lambda function behind routes, with payload 2.0. */
export function integrationOperations(store: HttpApiStore): Service['operations'] {
  return childOperations<IntegrationRecord, Input>(store, {
    name: 'Integration',
    idMember: 'IntegrationId',
    records: (api) => api.integrations,
    read: (_api, input, before) => {
      refuseOthers(input, READ);
      if (before === undefined) checkNew(input);
      oneOf('IntegrationType', input.IntegrationType, ['AWS_PROXY']);
      oneOf('PayloadFormatVersion', input.PayloadFormatVersion, ['2.0']);
      oneOf('ConnectionType', input.ConnectionType, ['INTERNET']);
      oneOf('IntegrationMethod', input.IntegrationMethod, ['POST']);
      const IntegrationUri = input.IntegrationUri ?? before?.IntegrationUri ?? '';
      if (functionArnOf(IntegrationUri) === undefined) {
        throw badRequest(`IntegrationUri is not the ARN of a Lambda function: ${IntegrationUri}`);
      }
      const Description = input.Description ?? before?.Description;
      const TimeoutInMillis = input.TimeoutInMillis ?? before?.TimeoutInMillis ?? TIMEOUT_MS.most;
      if (TimeoutInMillis < TIMEOUT_MS.least || TimeoutInMillis > TIMEOUT_MS.most) {
        throw badRequest(`Timeout should be between ${TIMEOUT_MS.least} ms and ${TIMEOUT_MS.most} ms`);
      }
      return { IntegrationUri, TimeoutInMillis, ...(Description !== undefined && { Description }) };
    },
    view: (IntegrationId, record) => ({
      ...record,
      IntegrationId,
      IntegrationType: 'AWS_PROXY',
      IntegrationMethod: 'POST',
      ConnectionType: 'INTERNET',
      PayloadFormatVersion: '2.0',
    }),
    checkUnused: (api, id) => {
      const user = Object.values(api.routes).find(({ Target }) => Target === `integrations/${id}`);
      if (user !== undefined) throw conflict(`Cannot delete Integration ${id}: the route ${user.RouteKey} needs it.`);
    },
  });
}

function checkNew(input: Input): void {
  if (input.PayloadFormatVersion === undefined) {
    throw badRequest('PayloadFormatVersion is a required parameter for a Lambda integration');
  }
}

/** A function's ARN, given as such or inside `arn:aws:apigateway:…:lambda:path/2015-03-31/functions/<arn>/invocations`. */
export function functionArnOf(uri: string): string | undefined {
  const [, inner] =
    /^arn:[\w-]+:apigateway:[\w-]+:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/.exec(uri) ?? [];
  const arn = inner ?? uri;
  return /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(:\$LATEST)?$/.test(arn) ? arn : undefined;
}
