import type * as lambda from '@aws-sdk/client-lambda';
import { operation } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import { DEFAULT_MAX_AGE_SECONDS, DEFAULT_RETRIES } from './async-invocations.ts';
import { checkDestinationRole } from './expect-role-may.ts';
import type { AsyncConfig, FunctionRecord } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import { checkDestinationArn } from './send-record.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
const MIN_AGE_SECONDS = 60;

/** What becomes of a function's asynchronous invocations: retries, age, destinations. */
export function asyncConfigOperations(store: FunctionStore): Service['operations'] {
  const on = (action: string) => (input: { FunctionName: string | undefined }) =>
    store.permission(action, input.FunctionName);
  const put = async (
    input: lambda.PutFunctionEventInvokeConfigRequest,
    before?: AsyncConfig,
  ): Promise<lambda.FunctionEventInvokeConfig> => {
    const record = store.find(input.FunctionName, input.Qualifier);
    const onFailureArn = destinationOf(input.DestinationConfig?.OnFailure) ?? before?.onFailureArn;
    const onSuccessArn = destinationOf(input.DestinationConfig?.OnSuccess) ?? before?.onSuccessArn;
    const retries = input.MaximumRetryAttempts ?? before?.maximumRetryAttempts ?? DEFAULT_RETRIES;
    await checkDestinationRole(store, record, onFailureArn);
    await checkDestinationRole(store, record, onSuccessArn);
    const maxAge = input.MaximumEventAgeInSeconds ?? before?.maximumEventAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS;
    record.asyncConfig = {
      maximumRetryAttempts: within('MaximumRetryAttempts', retries, 0, DEFAULT_RETRIES),
      maximumEventAgeSeconds: within('MaximumEventAgeInSeconds', maxAge, MIN_AGE_SECONDS, DEFAULT_MAX_AGE_SECONDS),
      ...(onFailureArn !== undefined && { onFailureArn }),
      ...(onSuccessArn !== undefined && { onSuccessArn }),
      modifiedAt: store.cloud.now(),
    };
    store.save(record);
    return asyncView(record);
  };
  return {
    PutFunctionEventInvokeConfig: operation(
      on('PutFunctionEventInvokeConfig'),
      (input: lambda.PutFunctionEventInvokeConfigRequest) => put(input),
    ),
    UpdateFunctionEventInvokeConfig: operation(
      on('UpdateFunctionEventInvokeConfig'),
      (input: lambda.UpdateFunctionEventInvokeConfigRequest) =>
        put(input, configOf(store.find(input.FunctionName, input.Qualifier))),
    ),
    GetFunctionEventInvokeConfig: operation(
      on('GetFunctionEventInvokeConfig'),
      (input: lambda.GetFunctionEventInvokeConfigRequest) => asyncView(store.find(input.FunctionName, input.Qualifier)),
    ),
    DeleteFunctionEventInvokeConfig: operation(
      on('DeleteFunctionEventInvokeConfig'),
      (input: lambda.DeleteFunctionEventInvokeConfigRequest) => {
        const record = store.find(input.FunctionName, input.Qualifier);
        configOf(record);
        delete record.asyncConfig;
        store.save(record);
      },
    ),
  };
}

function destinationOf(destination: { Destination?: string | undefined } | undefined): string | undefined {
  checkDestinationArn(destination?.Destination);
  return destination?.Destination;
}

function within(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new ServiceError('InvalidParameterValueException', `${name} ${value} is not between ${least} and ${most}`);
}

function configOf({ name, asyncConfig }: FunctionRecord): AsyncConfig {
  if (asyncConfig !== undefined) return asyncConfig;
  throw new ServiceError('ResourceNotFoundException', `The function ${name} doesn't have an EventInvokeConfig`, 404);
}

function asyncView(record: FunctionRecord): lambda.FunctionEventInvokeConfig {
  const asyncConfig = configOf(record);
  const { onFailureArn, onSuccessArn } = asyncConfig;
  return {
    LastModified: new Date(asyncConfig.modifiedAt),
    FunctionArn: `${record.arn}:$LATEST`,
    MaximumRetryAttempts: asyncConfig.maximumRetryAttempts,
    MaximumEventAgeInSeconds: asyncConfig.maximumEventAgeSeconds,
    DestinationConfig: {
      OnSuccess: onSuccessArn === undefined ? {} : { Destination: onSuccessArn },
      OnFailure: onFailureArn === undefined ? {} : { Destination: onFailureArn },
    },
  };
}
