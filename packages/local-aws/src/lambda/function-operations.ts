import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type * as lambda from '@aws-sdk/client-lambda';
import { operation, permit } from '../cloud/operation.ts';
import { type Permission, type Service, ServiceError } from '../cloud/service.ts';
import type { EnvironmentPool } from './environment-pool.ts';
import { checkSettingsRole } from './expect-role-may.ts';
import { unpackCode } from './function-code.ts';
import type { FunctionRecord } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import { functionView } from './function-view.ts';
import { readSettings } from './read-settings.ts';
import { refuseOthers } from './refuse-others.ts';

const ARCHITECTURES = ['x86_64', 'arm64'];
const CODE = ['ZipFile', 'S3Bucket', 'S3Key', 'S3ObjectVersion'];
/** ListFunctions gives at most so many at once. */
const PAGE = 50;

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
        await checkRole(store, settings.role, name);
        await checkSettingsRole(store, name, settings);
        refusePublish(input.Publish);
        const code = await unpackCode(cloud, call, name, readCode(input.Code));
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
      refuseOthers(input, [...CODE, 'FunctionName', 'Architectures', 'RevisionId', 'Publish']);
      refusePublish(input.Publish);
      const record = store.find(input.FunctionName);
      checkRevision(record, input.RevisionId);
      Object.assign(record, await unpackCode(cloud, call, record.name, input));
      if (input.Architectures !== undefined) record.architectures = readArchitectures(input.Architectures);
      return changed(record);
    }),
    UpdateFunctionConfiguration: operation(
      (input: lambda.UpdateFunctionConfigurationRequest) => [
        ...store.permission('UpdateFunctionConfiguration', input.FunctionName),
        ...(input.Role === undefined ? [] : [passRole(input.Role)]),
      ],
      async (input) => {
        const record = store.find(input.FunctionName);
        checkRevision(record, input.RevisionId);
        const settings = readSettings(record.name, input, record.settings);
        await checkRole(store, settings.role, record.name);
        await checkSettingsRole(store, record.name, settings);
        record.settings = settings;
        return changed(record);
      },
    ),
    GetFunctionConfiguration: operation(
      on('GetFunctionConfiguration'),
      (input: lambda.GetFunctionConfigurationRequest) => functionView(store.find(input.FunctionName, input.Qualifier)),
    ),
    GetFunction: operation(on('GetFunction'), (input: lambda.GetFunctionRequest): lambda.GetFunctionResponse => {
      const record = store.find(input.FunctionName, input.Qualifier);
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
      (_input: lambda.ListFunctionsRequest) => permit('lambda:ListFunctions'),
      (input): lambda.ListFunctionsResponse => {
        refuseOthers(input, ['Marker', 'MaxItems']);
        const start = Number(input.Marker ?? 0);
        const end = start + Math.min(input.MaxItems ?? PAGE, PAGE);
        const Functions = [...store.functions.values()].slice(start, end).map(functionView);
        return { Functions, ...(end < store.functions.size && { NextMarker: String(end) }) };
      },
    ),
    DeleteFunction: operation(on('DeleteFunction'), async (input: lambda.DeleteFunctionRequest) => {
      refuseOthers(input, ['FunctionName']);
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

/** Lambda takes only a role that trusts it. */
async function checkRole(store: FunctionStore, role: string, name: string): Promise<void> {
  try {
    await store.cloud.identities.assumeRole(role, name, 'lambda.amazonaws.com', store.arn(name));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw invalid(`The role defined for the function cannot be assumed by Lambda: ${error.message}`);
  }
}

function checkRevision(record: FunctionRecord, revisionId: string | undefined): void {
  if (revisionId === undefined || revisionId === record.revisionId) return;
  const reason = `The RevisionId ${revisionId} is not that of the function, ${record.revisionId}: read it again`;
  throw new ServiceError('PreconditionFailedException', reason, 412);
}

function readCode(code: lambda.FunctionCode = {}): lambda.FunctionCode {
  refuseOthers(code, CODE);
  return code;
}

function refusePublish(publish: boolean | undefined): void {
  if (publish === true) throw invalid('local-aws keeps no versions of a function: leave out Publish');
}

function readArchitectures(architectures: readonly string[] = ['x86_64']): readonly string[] {
  if (architectures.length === 1 && ARCHITECTURES.includes(architectures[0] ?? '')) return architectures;
  throw invalid(`Architectures must be one of ${ARCHITECTURES.join(', ')}`);
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterValueException', message);
}
