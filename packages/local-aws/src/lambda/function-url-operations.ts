import { randomBytes } from 'node:crypto';
import type * as lambda from '@aws-sdk/client-lambda';
import { operation } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import type { FunctionRecord, FunctionUrl } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import { FUNCTION_URL_PATH } from './function-url-route.ts';
import { refuseOthers } from './refuse-others.ts';

const READ = ['FunctionName', 'AuthType', 'InvokeMode'];

/** Function URLs, open to whom the function's policy lets in: AuthType AWS_IAM, CORS and streaming are refused. */
export function functionUrlOperations(store: FunctionStore): Service['operations'] {
  const on = (action: string) => (input: { FunctionName: string | undefined }) =>
    store.permission(action, input.FunctionName);
  const put = (record: FunctionRecord, url: FunctionUrl): lambda.FunctionUrlConfig => {
    record.url = url;
    store.save(record);
    return urlView(store, record);
  };
  return {
    CreateFunctionUrlConfig: operation(
      on('CreateFunctionUrlConfig'),
      (input: lambda.CreateFunctionUrlConfigRequest): lambda.CreateFunctionUrlConfigResponse => {
        check(input);
        const record = store.find(input.FunctionName);
        if (record.url !== undefined) {
          const reason = `Failed to create function url config for [functionArn = ${record.arn}]. Error message: FunctionUrlConfig exists for this Lambda function`;
          throw new ServiceError('ResourceConflictException', reason, 409);
        }
        const now = store.cloud.now();
        const { LastModifiedTime: _absent, ...view } = put(record, {
          urlId: randomBytes(16).toString('hex'),
          createdAt: now,
          modifiedAt: now,
        });
        return view;
      },
    ),
    GetFunctionUrlConfig: operation(on('GetFunctionUrlConfig'), (input: lambda.GetFunctionUrlConfigRequest) => {
      refuseOthers(input, ['FunctionName']);
      return urlView(store, store.find(input.FunctionName));
    }),
    UpdateFunctionUrlConfig: operation(
      on('UpdateFunctionUrlConfig'),
      (input: lambda.UpdateFunctionUrlConfigRequest) => {
        check(input);
        const record = store.find(input.FunctionName);
        return put(record, { ...urlOf(record), modifiedAt: store.cloud.now() });
      },
    ),
    DeleteFunctionUrlConfig: operation(
      on('DeleteFunctionUrlConfig'),
      (input: lambda.DeleteFunctionUrlConfigRequest) => {
        refuseOthers(input, ['FunctionName']);
        const record = store.find(input.FunctionName);
        urlOf(record);
        delete record.url;
        store.save(record);
      },
    ),
    ListFunctionUrlConfigs: operation(
      on('ListFunctionUrlConfigs'),
      (input: lambda.ListFunctionUrlConfigsRequest): lambda.ListFunctionUrlConfigsResponse => {
        const record = store.find(input.FunctionName);
        return { FunctionUrlConfigs: record.url === undefined ? [] : [urlView(store, record)] };
      },
    ),
  };
}

function check(input: { AuthType?: string | undefined; InvokeMode?: string | undefined }): void {
  refuseOthers(input, READ);
  const invalid = (message: string) => new ServiceError('InvalidParameterValueException', message);
  if (input.AuthType !== undefined && input.AuthType !== 'NONE') {
    throw invalid(`local-aws simulates AuthType NONE, not ${input.AuthType}`);
  }
  if (input.InvokeMode !== undefined && input.InvokeMode !== 'BUFFERED') {
    throw invalid(`local-aws simulates InvokeMode BUFFERED, not ${input.InvokeMode}`);
  }
}

function urlOf({ url }: FunctionRecord): FunctionUrl {
  if (url !== undefined) return url;
  throw new ServiceError('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
}

function urlView(store: FunctionStore, record: FunctionRecord): lambda.FunctionUrlConfig {
  const { urlId, createdAt, modifiedAt } = urlOf(record);
  return {
    FunctionUrl: `${store.cloud.endpointUrl}${FUNCTION_URL_PATH}${urlId}/`,
    FunctionArn: record.arn,
    AuthType: 'NONE',
    InvokeMode: 'BUFFERED',
    CreationTime: new Date(createdAt).toISOString(),
    LastModifiedTime: new Date(modifiedAt).toISOString(),
  };
}
