import type { CreateProjectInput, ProjectSource, UpdateProjectInput } from '@aws-sdk/client-codebuild';
import { checkEnvironment, isLambdaCompute } from './images.ts';
import type { ProjectSettings } from './records.ts';
import { invalidInput } from './store.ts';

const DEFAULT_TIMEOUT_MINUTES = 60;
const DEFAULT_QUEUED_TIMEOUT_MINUTES = 480;
const MIN_TIMEOUT_MINUTES = 5;
const MAX_TIMEOUT_MINUTES = 480;
const MAX_LAMBDA_TIMEOUT_MINUTES = 15;

const SUPPORTED = new Set([
  'name',
  'description',
  'source',
  'secondarySources',
  'sourceVersion',
  'secondarySourceVersions',
  'artifacts',
  'cache',
  'environment',
  'serviceRole',
  'timeoutInMinutes',
  'queuedTimeoutInMinutes',
  'encryptionKey',
  'tags',
  'vpcConfig',
  'logsConfig',
  'concurrentBuildLimit',
]);

/** A project's settings from what Create or Update says over what it was. Throws InvalidInputException. */
export function projectSettings(
  input: CreateProjectInput | UpdateProjectInput,
  before?: ProjectSettings,
): ProjectSettings {
  for (const [name, value] of Object.entries(input)) {
    const isEmpty =
      value === undefined || value === false || value === 0 || (Array.isArray(value) && value.length === 0);
    if (!SUPPORTED.has(name) && !isEmpty) throw invalidInput(`${name} is not available in the embedded AWS`);
  }
  const { name: _name, ...given } = input;
  const defined = Object.fromEntries(
    Object.entries(given).filter(([name, v]) => v !== undefined && SUPPORTED.has(name)),
  );
  const settings = { timeoutInMinutes: DEFAULT_TIMEOUT_MINUTES, ...before, ...defined } as ProjectSettings;
  for (const name of ['description', 'sourceVersion'] as const) if (settings[name] === '') delete settings[name];
  // -1 and {} are how UpdateProject removes these.
  if (settings.concurrentBuildLimit === -1) delete settings.concurrentBuildLimit;
  if (settings.vpcConfig?.vpcId === undefined) delete settings.vpcConfig;
  return checkSettings(settings);
}

/** Also for one build with StartBuild's overrides. Throws InvalidInputException. */
export function checkSettings(settings: ProjectSettings): ProjectSettings {
  const { environment, artifacts, source, secondarySources = [] } = settings;
  checkEnvironment(environment);
  for (const [index, one] of [source, ...secondarySources].entries()) checkSource(one, index > 0);
  if ((source.type === 'CODEPIPELINE') !== (artifacts.type === 'CODEPIPELINE')) {
    throw invalidInput('Source and artifacts must both be of type CODEPIPELINE, or neither');
  }
  if (artifacts.type === 'S3') throw invalidInput('Artifacts of type S3 are not available in the embedded AWS');
  if (source.type === 'NO_SOURCE' && (source.buildspec ?? '') === '') {
    throw invalidInput('Source of type NO_SOURCE needs a buildspec');
  }
  checkTimes(settings);
  checkVariables(settings);
  if (settings.logsConfig?.s3Logs?.status === 'ENABLED')
    throw invalidInput('s3Logs are not available in the embedded AWS');
  if (isLambdaCompute(environment)) return checkLambda(settings);
  return { queuedTimeoutInMinutes: DEFAULT_QUEUED_TIMEOUT_MINUTES, ...settings };
}

function checkSource(
  { type, location = '', sourceIdentifier = '', buildspec = '' }: ProjectSource,
  isSecondary: boolean,
): void {
  if (buildspec.startsWith('arn:')) throw invalidInput('A buildspec in S3 is not available in the embedded AWS');
  if (type === 'S3') {
    if (!/^(arn:[a-z-]+:s3:::)?[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/.+$/.test(location)) {
      throw invalidInput(`Invalid location ${location} of an S3 source: bucket/key.zip`);
    }
    if (location.endsWith('/')) throw invalidInput('S3 sources that are folders are not available in the embedded AWS');
  } else if (type !== 'NO_SOURCE' && type !== 'CODEPIPELINE') {
    throw invalidInput(`Source type ${type} is not available in the embedded AWS: S3, CODEPIPELINE or NO_SOURCE`);
  } else if (isSecondary) throw invalidInput(`Secondary sources cannot be of type ${type}`);
  if (isSecondary && !/^\w{1,128}$/.test(sourceIdentifier)) {
    throw invalidInput('A secondary source needs a sourceIdentifier of letters, digits and underscores');
  }
}

function checkTimes({ timeoutInMinutes, queuedTimeoutInMinutes, concurrentBuildLimit }: ProjectSettings): void {
  const times = { timeoutInMinutes, ...(queuedTimeoutInMinutes !== undefined && { queuedTimeoutInMinutes }) };
  for (const [name, minutes] of Object.entries(times)) {
    if (minutes < MIN_TIMEOUT_MINUTES || minutes > MAX_TIMEOUT_MINUTES) {
      throw invalidInput(`Invalid ${name}: must be between ${MIN_TIMEOUT_MINUTES} and ${MAX_TIMEOUT_MINUTES}`);
    }
  }
  if (concurrentBuildLimit !== undefined && concurrentBuildLimit < 1) {
    throw invalidInput('Invalid concurrentBuildLimit: must be 1 or more');
  }
}

function checkVariables({ environment }: ProjectSettings): void {
  for (const { name = '', type } of environment.environmentVariables ?? []) {
    if (!/^[A-Za-z_]\w*$/.test(name)) throw invalidInput(`Invalid name of an environment variable: ${name}`);
    if (type === 'PARAMETER_STORE') {
      throw invalidInput(`Variable ${name}: PARAMETER_STORE is not available in the embedded AWS; use SECRETS_MANAGER`);
    }
  }
}

function checkLambda(settings: ProjectSettings): ProjectSettings {
  if (settings.vpcConfig !== undefined) throw invalidInput('Lambda compute cannot run in a VPC');
  if (settings.queuedTimeoutInMinutes !== undefined) {
    throw invalidInput('Cannot specify queuedTimeoutInMinutes for Lambda compute');
  }
  if (settings.timeoutInMinutes > MAX_LAMBDA_TIMEOUT_MINUTES) {
    throw invalidInput(`Lambda compute has a timeoutInMinutes of at most ${MAX_LAMBDA_TIMEOUT_MINUTES}`);
  }
  if (settings.cache !== undefined && settings.cache.type !== 'NO_CACHE')
    throw invalidInput('Lambda compute has no cache');
  return settings;
}
