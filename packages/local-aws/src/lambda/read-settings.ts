import type { CreateFunctionRequest, UpdateFunctionConfigurationRequest } from '@aws-sdk/client-lambda';
import { ServiceError } from '../cloud/service.ts';
import type { FunctionSettings } from './function-record.ts';
import { refuseOthers } from './refuse-others.ts';

const RUNTIMES = ['nodejs22.x', 'nodejs24.x'];
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_ENVIRONMENT_BYTES = 4096;
const MAX_TIMEOUT_SECONDS = 900;
const MEMORY_MB = { least: 128, most: 10_240 };
const STORAGE_MB = { least: 512, most: 10_240 };
/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_DEFAULT_REGION|AWS_REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_(FUNCTION_NAME|FUNCTION_MEMORY_SIZE|FUNCTION_VERSION|INITIALIZATION_TYPE|LOG_GROUP_NAME|LOG_STREAM_NAME|RUNTIME_API)|AWS_(ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

/** Settings that are kept and shown but change nothing here. */
const RECORDED = ['VpcConfig', 'TracingConfig', 'KMSKeyArn'] as const;
const READ = [
  'FunctionName',
  'Runtime',
  'Handler',
  'Role',
  'Description',
  'MemorySize',
  'Timeout',
  'Environment',
  'EphemeralStorage',
  'LoggingConfig',
  'DeadLetterConfig',
  'Code',
  'Architectures',
  'PackageType',
  'Tags',
  'Publish',
  'RevisionId',
  ...RECORDED,
];

/** Settings of a new function, or of `before` with what the request changes; throws InvalidParameterValueException. */
export function readSettings(
  name: string,
  request: CreateFunctionRequest | UpdateFunctionConfigurationRequest,
  before?: FunctionSettings,
): FunctionSettings {
  refuseOthers(request, READ);
  refuseOthers(request.LoggingConfig ?? {}, ['LogGroup', 'LogFormat']);
  const { LogGroup, LogFormat = 'Text' } = request.LoggingConfig ?? {};
  if (LogFormat !== 'Text') throw invalid(`local-aws writes logs as Text, not as ${LogFormat}`);
  const deadLetterArn =
    request.DeadLetterConfig === undefined ? before?.deadLetterArn : request.DeadLetterConfig.TargetArn || undefined;
  checkQueueArn(deadLetterArn);
  const settings: FunctionSettings = {
    runtime: request.Runtime ?? before?.runtime ?? '',
    handler: request.Handler ?? before?.handler ?? '',
    role: request.Role ?? before?.role ?? '',
    description: request.Description ?? before?.description ?? '',
    memorySize: request.MemorySize ?? before?.memorySize ?? 128,
    timeout: request.Timeout ?? before?.timeout ?? 3,
    ephemeralStorageMb: request.EphemeralStorage?.Size ?? before?.ephemeralStorageMb ?? STORAGE_MB.least,
    environment: request.Environment?.Variables ?? before?.environment ?? {},
    logGroup: LogGroup ?? before?.logGroup ?? `/aws/lambda/${name}`,
    ...(deadLetterArn !== undefined && { deadLetterArn }),
    recorded: { ...before?.recorded, ...recordedOf(request) },
  };
  check(settings);
  return settings;
}

function recordedOf(request: CreateFunctionRequest | UpdateFunctionConfigurationRequest): Record<string, unknown> {
  return Object.fromEntries(RECORDED.flatMap((key) => (request[key] === undefined ? [] : [[key, request[key]]])));
}

function checkQueueArn(arn: string | undefined): void {
  if (arn === undefined || /^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w-]+$/.test(arn)) return;
  throw invalid(`local-aws delivers failed events to SQS queues, not to ${arn}`);
}

function check(settings: FunctionSettings): void {
  const { runtime, handler, memorySize, timeout, ephemeralStorageMb = STORAGE_MB.least } = settings;
  if (!RUNTIMES.includes(runtime)) {
    throw invalid(`local-aws runs ${RUNTIMES.join(' and ')}, not ${runtime || 'a function without a runtime'}`);
  }
  if (!/^[^\s]{1,128}$/.test(handler)) throw invalid(`handler ${JSON.stringify(handler)} is not file.function`);
  checkWithin('MemorySize', memorySize, MEMORY_MB);
  checkWithin('EphemeralStorage', ephemeralStorageMb, STORAGE_MB);
  if (timeout < 1 || timeout > MAX_TIMEOUT_SECONDS) {
    throw invalid(`Timeout ${timeout} is not between 1 and ${MAX_TIMEOUT_SECONDS} seconds`);
  }
  checkEnvironment(settings.environment);
}

function checkWithin(name: string, size: number, { least, most }: typeof MEMORY_MB): void {
  if (!Number.isInteger(size) || size < least || size > most) {
    throw invalid(`${name} ${size} is not between ${least} and ${most} MB`);
  }
}

function checkEnvironment(environment: FunctionSettings['environment']): void {
  const names = Object.keys(environment);
  const malformed = names.filter((name) => !/^[A-Za-z]\w+$/.test(name) && !RESERVED.test(name));
  if (malformed.length > 0) throw invalid(`${malformed.join(', ')} cannot be names of environment variables`);
  const reserved = names.filter((name) => RESERVED.test(name));
  if (reserved.length > 0) throw invalid(`environment variables ${reserved.join(', ')} are reserved by Lambda`);
  if (Buffer.byteLength(JSON.stringify(environment)) > MAX_ENVIRONMENT_BYTES) {
    throw invalid(`environment variables exceed ${MAX_ENVIRONMENT_BYTES} bytes`);
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterValueException', message);
}
