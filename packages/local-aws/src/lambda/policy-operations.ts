import type * as lambda from '@aws-sdk/client-lambda';
import { operation } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import type { FunctionRecord, PolicyStatementRecord } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import { refuseOthers } from './refuse-others.ts';

const READ = [
  'FunctionName',
  'StatementId',
  'Action',
  'Principal',
  'SourceArn',
  'SourceAccount',
  'FunctionUrlAuthType',
  'InvokedViaFunctionUrl',
];

/** A function's resource policy, one statement at a time. */
export function policyOperations(store: FunctionStore): Service['operations'] {
  const on = (action: string) => (input: { FunctionName: string | undefined }) =>
    store.permission(action, input.FunctionName);
  return {
    AddPermission: operation(
      on('AddPermission'),
      (input: lambda.AddPermissionRequest): lambda.AddPermissionResponse => {
        refuseOthers(input, READ);
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
      refuseOthers(input, ['FunctionName', 'StatementId']);
      const record = store.find(input.FunctionName);
      const kept = record.policy.filter(({ Sid }) => Sid !== input.StatementId);
      if (kept.length === record.policy.length) throw noStatement(input.StatementId);
      record.policy = kept;
      store.save(record);
    }),
    GetPolicy: operation(on('GetPolicy'), (input: lambda.GetPolicyRequest): lambda.GetPolicyResponse => {
      const record = store.find(input.FunctionName);
      if (record.policy.length === 0) {
        throw new ServiceError('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
      }
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
  if (!/^lambda:(\w+|\*)$/.test(input.Action ?? '')) {
    throw new ServiceError('InvalidParameterValueException', `${input.Action} is not an action of Lambda`);
  }
  checkUrlCondition(input);
  const equals = {
    ...(input.SourceAccount !== undefined && { 'AWS:SourceAccount': input.SourceAccount }),
    ...(input.FunctionUrlAuthType !== undefined && { 'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType }),
  };
  const condition = {
    ...(input.SourceArn !== undefined && { ArnLike: { 'AWS:SourceArn': input.SourceArn } }),
    ...(Object.keys(equals).length > 0 && { StringEquals: equals }),
    ...(input.InvokedViaFunctionUrl === true && { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } }),
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

/** Each of the two conditions belongs to one action. */
function checkUrlCondition({ Action, FunctionUrlAuthType, InvokedViaFunctionUrl }: lambda.AddPermissionRequest): void {
  const invalid = (message: string) => new ServiceError('InvalidParameterValueException', message);
  if (FunctionUrlAuthType !== undefined && Action !== 'lambda:InvokeFunctionUrl') {
    throw invalid('FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action');
  }
  if (InvokedViaFunctionUrl === true && Action !== 'lambda:InvokeFunction') {
    throw invalid('InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action');
  }
  if (FunctionUrlAuthType !== undefined && !['NONE', 'AWS_IAM'].includes(FunctionUrlAuthType)) {
    throw invalid(`${FunctionUrlAuthType} is not a FunctionUrlAuthType`);
  }
}
