import type * as lambda from '@aws-sdk/client-lambda';
import { operation } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import type { AsyncConfig, FunctionRecord, PolicyStatementRecord } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';

/** What belongs to a function beside code and configuration: resource policy, concurrency, asynchronous invocation, tags. */
export function settingOperations(store: FunctionStore): Service['operations'] {
  return {
    ...policyOperations(store),
    ...concurrencyOperations(store),
    ...asyncOperations(store),
    ...tagOperations(store),
  };
}

function policyOperations(store: FunctionStore): Service['operations'] {
  const on = (action: string) => (input: { FunctionName: string | undefined }) =>
    store.permission(action, input.FunctionName);
  return {
    AddPermission: operation(
      on('AddPermission'),
      (input: lambda.AddPermissionRequest): lambda.AddPermissionResponse => {
        const record = store.find(input.FunctionName);
        if (record.policy.some(({ Sid }) => Sid === input.StatementId)) {
          throw new ServiceError(
            'ResourceConflictException',
            `The statement id (${input.StatementId}) provided already exists.`,
            409,
          );
        }
        const statement = statementOf(record, input);
        record.policy.push(statement);
        store.save(record);
        return { Statement: JSON.stringify(statement) };
      },
    ),
    RemovePermission: operation(on('RemovePermission'), (input: lambda.RemovePermissionRequest) => {
      const record = store.find(input.FunctionName);
      const kept = record.policy.filter(({ Sid }) => Sid !== input.StatementId);
      if (kept.length === record.policy.length) throw noStatement(input.StatementId);
      record.policy = kept;
      store.save(record);
    }),
    GetPolicy: operation(on('GetPolicy'), (input: lambda.GetPolicyRequest): lambda.GetPolicyResponse => {
      const record = store.find(input.FunctionName);
      if (record.policy.length === 0) throw noStatement('any');
      return {
        Policy: JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: record.policy }),
        RevisionId: record.revisionId,
      };
    }),
  };
}

function noStatement(id: string | undefined): ServiceError {
  return new ServiceError('ResourceNotFoundException', `Statement ${id} is not found in resource policy.`, 404);
}

function statementOf(record: FunctionRecord, input: lambda.AddPermissionRequest): PolicyStatementRecord {
  const principal = input.Principal ?? '';
  const condition = {
    ...(input.SourceArn !== undefined && { ArnLike: { 'AWS:SourceArn': input.SourceArn } }),
    ...(input.SourceAccount !== undefined && { StringEquals: { 'AWS:SourceAccount': input.SourceAccount } }),
  };
  return {
    Sid: input.StatementId ?? '',
    Effect: 'Allow',
    Principal:
      principal === '*' ? '*' : principal.endsWith('.amazonaws.com') ? { Service: principal } : { AWS: principal },
    Action: input.Action ?? '',
    Resource: record.arn,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
}

function concurrencyOperations(store: FunctionStore): Service['operations'] {
  const on = (action: string) => (input: { FunctionName: string | undefined }) =>
    store.permission(action, input.FunctionName);
  return {
    PutFunctionConcurrency: operation(
      on('PutFunctionConcurrency'),
      (input: lambda.PutFunctionConcurrencyRequest): lambda.Concurrency => {
        const record = store.find(input.FunctionName);
        record.reservedConcurrency = input.ReservedConcurrentExecutions ?? 0;
        store.save(record);
        return { ReservedConcurrentExecutions: record.reservedConcurrency };
      },
    ),
    GetFunctionConcurrency: operation(
      on('GetFunctionConcurrency'),
      (input: lambda.GetFunctionConcurrencyRequest): lambda.GetFunctionConcurrencyResponse => {
        const { reservedConcurrency } = store.find(input.FunctionName);
        return reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: reservedConcurrency };
      },
    ),
    DeleteFunctionConcurrency: operation(
      on('DeleteFunctionConcurrency'),
      (input: lambda.DeleteFunctionConcurrencyRequest) => {
        const record = store.find(input.FunctionName);
        delete record.reservedConcurrency;
        store.save(record);
      },
    ),
  };
}

function asyncOperations(store: FunctionStore): Service['operations'] {
  const on = (action: string) => (input: { FunctionName: string | undefined }) =>
    store.permission(action, input.FunctionName);
  const put = (
    input: lambda.PutFunctionEventInvokeConfigRequest,
    before?: AsyncConfig,
  ): lambda.FunctionEventInvokeConfig => {
    const record = store.find(input.FunctionName);
    const onFailureArn = destinationOf(input.DestinationConfig?.OnFailure) ?? before?.onFailureArn;
    const onSuccessArn = destinationOf(input.DestinationConfig?.OnSuccess) ?? before?.onSuccessArn;
    record.asyncConfig = {
      maximumRetryAttempts: input.MaximumRetryAttempts ?? before?.maximumRetryAttempts ?? 2,
      maximumEventAgeSeconds: input.MaximumEventAgeInSeconds ?? before?.maximumEventAgeSeconds ?? 21_600,
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
      (input: lambda.UpdateFunctionEventInvokeConfigRequest) => put(input, store.find(input.FunctionName).asyncConfig),
    ),
    GetFunctionEventInvokeConfig: operation(
      on('GetFunctionEventInvokeConfig'),
      (input: lambda.GetFunctionEventInvokeConfigRequest) => asyncView(store.find(input.FunctionName)),
    ),
    DeleteFunctionEventInvokeConfig: operation(
      on('DeleteFunctionEventInvokeConfig'),
      (input: lambda.DeleteFunctionEventInvokeConfigRequest) => {
        const record = store.find(input.FunctionName);
        asyncView(record);
        delete record.asyncConfig;
        store.save(record);
      },
    ),
  };
}

/** Queues are the destinations that failed events can be read from here. */
function destinationOf(destination: { Destination?: string | undefined } | undefined): string | undefined {
  const arn = destination?.Destination;
  if (arn === undefined || arn.split(':')[2] === 'sqs') return arn;
  throw new ServiceError('InvalidParameterValueException', `local-aws delivers to SQS queues, not to ${arn}`);
}

function asyncView({ arn, name, asyncConfig }: FunctionRecord): lambda.FunctionEventInvokeConfig {
  if (asyncConfig === undefined) {
    throw new ServiceError('ResourceNotFoundException', `The function ${name} doesn't have an EventInvokeConfig`, 404);
  }
  const { onFailureArn, onSuccessArn } = asyncConfig;
  return {
    LastModified: new Date(asyncConfig.modifiedAt),
    FunctionArn: `${arn}:$LATEST`,
    MaximumRetryAttempts: asyncConfig.maximumRetryAttempts,
    MaximumEventAgeInSeconds: asyncConfig.maximumEventAgeSeconds,
    DestinationConfig: {
      OnSuccess: onSuccessArn === undefined ? {} : { Destination: onSuccessArn },
      OnFailure: onFailureArn === undefined ? {} : { Destination: onFailureArn },
    },
  };
}

function tagOperations(store: FunctionStore): Service['operations'] {
  const on = (action: string) => (input: { Resource: string | undefined }) => store.permission(action, input.Resource);
  return {
    TagResource: operation(on('TagResource'), (input: lambda.TagResourceRequest) => {
      const record = store.find(input.Resource);
      Object.assign(record.tags, input.Tags);
      store.save(record);
    }),
    UntagResource: operation(on('UntagResource'), (input: lambda.UntagResourceRequest) => {
      const record = store.find(input.Resource);
      for (const key of input.TagKeys ?? []) delete record.tags[key];
      store.save(record);
    }),
    ListTags: operation(
      on('ListTags'),
      (input: lambda.ListTagsRequest): lambda.ListTagsResponse => ({ Tags: store.find(input.Resource).tags }),
    ),
  };
}
