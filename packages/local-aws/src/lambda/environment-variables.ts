import type { Cloud } from '../cloud/cloud.ts';
import type { AwsCredentials } from '../cloud/principal.ts';
import type { FunctionLog } from './function-log.ts';
import type { FunctionRecord } from './function-record.ts';

/** The rest of an instance's memory is for the process itself. */
const HEAP_SHARE = 0.9;

export interface EnvironmentParts {
  readonly credentials: AwsCredentials;
  /** `127.0.0.1:PORT` */
  readonly runtimeApi: string;
  readonly taskRoot: string;
  readonly scratchFolder: string;
  readonly log: Pick<FunctionLog, 'groupName' | 'streamName'>;
}

/** What Lambda sets, what the function configures, TMPDIR in place of `/tmp`, and nothing of this process but PATH. */
export function environmentVariables(
  cloud: Cloud,
  { name, settings }: FunctionRecord,
  { credentials, runtimeApi, taskRoot, scratchFolder, log }: EnvironmentParts,
): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    NODE_OPTIONS: `--max-old-space-size=${Math.floor(settings.memorySize * HEAP_SHARE)}`,
    AWS_ENDPOINT_URL: cloud.endpointUrl,
    ...settings.environment,
    TMPDIR: scratchFolder,
    AWS_REGION: cloud.region,
    AWS_DEFAULT_REGION: cloud.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_EXECUTION_ENV: `AWS_Lambda_${settings.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memorySize),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_LOG_GROUP_NAME: log.groupName,
    AWS_LAMBDA_LOG_STREAM_NAME: log.streamName,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: taskRoot,
    _HANDLER: settings.handler,
  };
}
