import type * as lambda from '@aws-sdk/client-lambda';
import { operation } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import { asyncConfigOperations } from './async-config-operations.ts';
import type { FunctionStore } from './function-store.ts';
import { policyOperations } from './policy-operations.ts';

/** What belongs to a function beside code and configuration: resource policy, concurrency, asynchronous invocation, tags. */
export function settingOperations(store: FunctionStore): Service['operations'] {
  return {
    ...policyOperations(store),
    ...concurrencyOperations(store),
    ...asyncConfigOperations(store),
    ...tagOperations(store),
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
        const reserved = input.ReservedConcurrentExecutions ?? 0;
        if (reserved < 0) throw new ServiceError('InvalidParameterValueException', `${reserved} is less than 0`);
        record.reservedConcurrency = reserved;
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
