import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { FunctionRecord } from './function-record.ts';

/** A function as the API shows it. */
export function functionView({ settings, ...record }: FunctionRecord): FunctionConfiguration {
  return {
    FunctionName: record.name,
    FunctionArn: record.arn,
    Runtime: settings.runtime as FunctionConfiguration['Runtime'],
    Role: settings.role,
    Handler: settings.handler,
    CodeSize: record.codeSize,
    CodeSha256: record.codeSha256,
    Description: settings.description,
    Timeout: settings.timeout,
    MemorySize: settings.memorySize,
    EphemeralStorage: { Size: settings.ephemeralStorageMb ?? 512 },
    LastModified: new Date(record.modifiedAt).toISOString(),
    Version: '$LATEST',
    RevisionId: record.revisionId,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: record.architectures as FunctionConfiguration['Architectures'],
    LoggingConfig: { LogFormat: 'Text', LogGroup: settings.logGroup },
    ...(Object.keys(settings.environment).length > 0 && { Environment: { Variables: { ...settings.environment } } }),
    ...(settings.deadLetterArn !== undefined && { DeadLetterConfig: { TargetArn: settings.deadLetterArn } }),
    ...settings.recorded,
  };
}
