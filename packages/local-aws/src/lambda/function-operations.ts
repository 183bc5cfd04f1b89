import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type * as lambda from '@aws-sdk/client-lambda';
import { operation } from '../cloud/operation.ts';
import { type Permission, type Service, ServiceError } from '../cloud/service.ts';
import type { EnvironmentPool } from './environment-pool.ts';
import { unpackCode } from './function-code.ts';
import type { FunctionRecord } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import { functionView } from './function-view.ts';
import { readSettings } from './read-settings.ts';

const ARCHITECTURES = ['x86_64', 'arm64'];

/** Creating, changing, showing and deleting functions. */
export function functionOperations(store: FunctionStore, pool: EnvironmentPool): Service['operations'] {
  const { cloud } = store;
  const on = (action: string) => (input: { FunctionName: string | undefined }) =>
    store.permission(action, input.FunctionName);
  const changed = (record: FunctionRecord): lambda.FunctionConfiguration => {
    record.modifiedAt = cloud.now();
    record.revisionId = randomUUID();
    store.save(record);
    pool.retire(record.name);
    return functionView(record);
  };
  return {
    CreateFunction: operation(
      (input: lambda.CreateFunctionRequest) => [
        ...store.permission('CreateFunction', input.FunctionName),
        passRole(input.Role),
      ],
      async (input, call) => {
        const name = store.nameOf(input.FunctionName);
        if (!/^[\w-]{1,64}$/.test(name)) throw invalid(`${input.FunctionName} is not a function name`);
        if (store.functions.has(name)) {
          throw new ServiceError('ResourceConflictException', `Function already exist: ${name}`, 409);
        }
        const settings = readSettings(name, input);
        const code = await unpackCode(cloud, call, name, input.Code ?? {});
        return changed({
          name,
          arn: store.arn(name),
          ...code,
          settings,
          architectures: readArchitectures(input.Architectures),
          tags: { ...input.Tags },
          policy: [],
          modifiedAt: 0,
          revisionId: '',
        });
      },
    ),
    UpdateFunctionCode: operation(on('UpdateFunctionCode'), async (input: lambda.UpdateFunctionCodeRequest, call) => {
      const record = store.find(input.FunctionName);
      Object.assign(record, await unpackCode(cloud, call, record.name, input));
      if (input.Architectures !== undefined) record.architectures = readArchitectures(input.Architectures);
      return changed(record);
    }),
    UpdateFunctionConfiguration: operation(
      (input: lambda.UpdateFunctionConfigurationRequest) => [
        ...store.permission('UpdateFunctionConfiguration', input.FunctionName),
        ...(input.Role === undefined ? [] : [passRole(input.Role)]),
      ],
      (input) => {
        const record = store.find(input.FunctionName);
        record.settings = readSettings(record.name, input, record.settings);
        return changed(record);
      },
    ),
    GetFunctionConfiguration: operation(
      on('GetFunctionConfiguration'),
      (input: lambda.GetFunctionConfigurationRequest) => functionView(store.find(input.FunctionName)),
    ),
    GetFunction: operation(on('GetFunction'), (input: lambda.GetFunctionRequest): lambda.GetFunctionResponse => {
      const record = store.find(input.FunctionName);
      const { reservedConcurrency, tags } = record;
      return {
        Configuration: functionView(record),
        Code: { RepositoryType: 'S3' },
        ...(Object.keys(tags).length > 0 && { Tags: tags }),
        ...(reservedConcurrency !== undefined && {
          Concurrency: { ReservedConcurrentExecutions: reservedConcurrency },
        }),
      };
    }),
    ListFunctions: operation(
      () => [{ action: 'lambda:ListFunctions', resource: '*' }],
      (): lambda.ListFunctionsResponse => ({ Functions: [...store.functions.values()].map(functionView) }),
    ),
    DeleteFunction: operation(on('DeleteFunction'), async (input: lambda.DeleteFunctionRequest) => {
      const { name } = store.find(input.FunctionName);
      store.functions.delete(name);
      pool.retire(name);
      await rm(join(cloud.folder('lambda'), name), { recursive: true, force: true });
    }),
  };
}

function passRole(role: string | undefined): Permission {
  return { action: 'iam:PassRole', resource: role ?? '', context: { 'iam:PassedToService': 'lambda.amazonaws.com' } };
}

function readArchitectures(architectures: readonly string[] = ['x86_64']): readonly string[] {
  if (architectures.length === 1 && ARCHITECTURES.includes(architectures[0] ?? '')) return architectures;
  throw invalid(`Architectures must be one of ${ARCHITECTURES.join(', ')}`);
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterValueException', message);
}
