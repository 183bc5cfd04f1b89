import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { integer, object, string, strings, tags, word } from './property.ts';
import { defineResource, type ResourceContext } from './resource-type.ts';
import { tagChanges, tagMap } from './tag-changes.ts';
import { zipOneFile } from './zip-one-file.ts';

const properties = object({
  Architectures: strings.optional(),
  Code: object({
    S3Bucket: string.optional(),
    S3Key: string.optional(),
    S3ObjectVersion: string.optional(),
    ZipFile: string.optional(),
  }),
  DeadLetterConfig: object({ TargetArn: string.optional() }).optional(),
  Description: string.optional(),
  Environment: object({ Variables: z.record(z.string(), string).optional() }).optional(),
  EphemeralStorage: object({ Size: integer }).optional(),
  FunctionName: string.optional(),
  Handler: string,
  KmsKeyArn: string.optional(),
  LoggingConfig: object({
    LogFormat: string.optional(),
    LogGroup: string.optional(),
    ApplicationLogLevel: string.optional(),
    SystemLogLevel: string.optional(),
  }).optional(),
  MemorySize: integer.optional(),
  PackageType: word('Zip').optional(),
  ReservedConcurrentExecutions: integer.optional(),
  Role: string,
  Runtime: string,
  Tags: tags.optional(),
  Timeout: integer.optional(),
  TracingConfig: object({ Mode: word('Active', 'PassThrough') }).optional(),
  VpcConfig: object({ SecurityGroupIds: strings.optional(), SubnetIds: strings.optional() }).optional(),
});
type Function = z.infer<typeof properties>;
interface Configuration {
  readonly FunctionArn: string;
  readonly State?: string;
  readonly StateReason?: string;
  readonly LastUpdateStatus?: string;
  readonly LastUpdateStatusReason?: string;
}

const POLL_MS = 20;
const MAX_WAIT_MS = 60_000;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html (zip packages only) */
export const lambdaFunction = defineResource({
  type: 'AWS::Lambda::Function',
  properties,
  attributes: ['Arn'],
  replacedBy: ['FunctionName', 'PackageType'],
  nameProperty: 'FunctionName',
  create: async (context, declared) => {
    const name = declared.FunctionName ?? context.physicalName(64);
    const { FunctionArn } = await context.call<Configuration>('lambda', 'CreateFunction', {
      FunctionName: name,
      ...configuration(declared),
      Code: codeOf(declared),
      Architectures: declared.Architectures,
      PackageType: declared.PackageType,
      Tags: tagMap(context, declared.Tags),
    });
    context.created(name);
    await ready(context, name);
    await reserve(context, name, declared, undefined);
    return { physicalId: name, attributes: { Arn: FunctionArn } };
  },
  update: async (context, { physicalId: name, properties: before, attributes }, declared) => {
    if (JSON.stringify(configuration(before)) !== JSON.stringify(configuration(declared))) {
      await context.call('lambda', 'UpdateFunctionConfiguration', {
        FunctionName: name,
        ...cleared(before),
        ...configuration(declared),
      });
      await ready(context, name);
    }
    if (
      JSON.stringify([before.Code, before.Architectures]) !== JSON.stringify([declared.Code, declared.Architectures])
    ) {
      await context.call('lambda', 'UpdateFunctionCode', {
        FunctionName: name,
        ...codeOf(declared),
        Architectures: declared.Architectures,
      });
      await ready(context, name);
    }
    await reserve(context, name, declared, before);
    const { set, removed } = tagChanges(context, before.Tags, declared.Tags);
    const Resource = attributes.Arn;
    if (set.length > 0) await context.call('lambda', 'TagResource', { Resource, Tags: tagMap(context, declared.Tags) });
    if (removed.length > 0) await context.call('lambda', 'UntagResource', { Resource, TagKeys: removed });
    return { physicalId: name, attributes };
  },
  delete: async (context, { physicalId }) => {
    await context.call('lambda', 'DeleteFunction', { FunctionName: physicalId });
  },
});

// Everything that CreateFunction and UpdateFunctionConfiguration share.
function configuration(declared: Function) {
  const {
    FunctionName: _name,
    Code: _code,
    PackageType: _type,
    Architectures: _architectures,
    Tags: _tags,
    ...rest
  } = declared;
  const { ReservedConcurrentExecutions: _reserved, KmsKeyArn, ...settings } = rest;
  return { ...settings, KMSKeyArn: KmsKeyArn };
}

// UpdateFunctionConfiguration leaves what is not named; what the template dropped must be set back to its default.
function cleared(before: Function) {
  return {
    ...(before.Description === undefined ? {} : { Description: '' }),
    ...(before.Environment === undefined ? {} : { Environment: { Variables: {} } }),
    ...(before.MemorySize === undefined ? {} : { MemorySize: 128 }),
    ...(before.Timeout === undefined ? {} : { Timeout: 3 }),
    ...(before.VpcConfig === undefined ? {} : { VpcConfig: { SubnetIds: [], SecurityGroupIds: [] } }),
    ...(before.DeadLetterConfig === undefined ? {} : { DeadLetterConfig: {} }),
    ...(before.TracingConfig === undefined ? {} : { TracingConfig: { Mode: 'PassThrough' } }),
    ...(before.EphemeralStorage === undefined ? {} : { EphemeralStorage: { Size: 512 } }),
  };
}

function codeOf({ Code, Runtime, Handler }: Function) {
  if (Code.ZipFile === undefined) return Code;
  const [module = 'index'] = Handler.split('.');
  return { ZipFile: zipOneFile(`${module}.${Runtime.startsWith('python') ? 'py' : 'js'}`, Code.ZipFile) };
}

async function reserve(
  context: ResourceContext,
  FunctionName: string,
  { ReservedConcurrentExecutions }: Function,
  before: Function | undefined,
): Promise<void> {
  if (ReservedConcurrentExecutions === before?.ReservedConcurrentExecutions) return;
  if (ReservedConcurrentExecutions === undefined)
    await context.call('lambda', 'DeleteFunctionConcurrency', { FunctionName });
  else await context.call('lambda', 'PutFunctionConcurrency', { FunctionName, ReservedConcurrentExecutions });
}

async function ready(context: ResourceContext, FunctionName: string): Promise<void> {
  const deadline = performance.now() + MAX_WAIT_MS;
  for (;;) {
    const { State, StateReason, LastUpdateStatus, LastUpdateStatusReason } = await context.call<Configuration>(
      'lambda',
      'GetFunctionConfiguration',
      { FunctionName },
    );
    if (State === 'Failed' || LastUpdateStatus === 'Failed')
      throw new Error(`Function ${FunctionName} failed: ${StateReason ?? LastUpdateStatusReason ?? 'no reason given'}`);
    if (State !== 'Pending' && LastUpdateStatus !== 'InProgress') return;
    if (performance.now() > deadline)
      throw new Error(`Function ${FunctionName} did not stabilize within ${MAX_WAIT_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}
