import type {
  CreatePipelineCommandInput,
  CreatePipelineOutput,
  DeletePipelineCommandInput,
  GetPipelineCommandInput,
  GetPipelineOutput,
  ListPipelinesCommandInput,
  ListPipelinesOutput,
  UpdatePipelineCommandInput,
  UpdatePipelineOutput,
} from '@aws-sdk/client-codepipeline';
import { type Permission, ServiceError } from '../cloud/service.ts';
import { actionTypeOf } from './action-types.ts';
import { pipelineArn } from './arns.ts';
import { type PipelineDeclaration, readDeclaration } from './declaration.ts';
import { type Api, allow, operation, pipelineNamed } from './operation.ts';
import { paginate } from './paginate.ts';
import type { PipelineRecord } from './records.ts';
import { checkTags } from './tags.ts';
import { pipelineProblems } from './validate-pipeline.ts';

export function pipelineOperations(api: Api) {
  const { store, cloud } = api;
  return {
    CreatePipeline: operation(
      (input: CreatePipelineCommandInput) => permitDeclaration(api, 'CreatePipeline', input.pipeline),
      (input, call): CreatePipelineOutput => create(api, input, call.principal.arn),
    ),
    UpdatePipeline: operation(
      (input: UpdatePipelineCommandInput) => permitDeclaration(api, 'UpdatePipeline', input.pipeline),
      (input): UpdatePipelineOutput => {
        const record = pipelineNamed(api, input.pipeline?.name);
        const version = (record.declaration.version ?? 1) + 1;
        record.declaration = checked(api, input.pipeline, version);
        record.updated = cloud.now();
        save(api, record);
        return { pipeline: record.declaration };
      },
    ),
    GetPipeline: operation(
      (input: GetPipelineCommandInput) => allow('GetPipeline', pipelineArn(cloud, input.name ?? '')),
      (input): GetPipelineOutput => get(api, input),
    ),
    DeletePipeline: operation(
      (input: DeletePipelineCommandInput) => allow('DeletePipeline', pipelineArn(cloud, input.name ?? '')),
      (input): void => {
        // As on AWS, deleting what does not exist succeeds.
        api.engine.drop(input.name ?? '');
        store.pipelines.delete(input.name ?? '');
        for (const [key, declaration] of store.declarations.entries()) {
          if (declaration.name === input.name) store.declarations.delete(key);
        }
        for (const [key, webhook] of store.webhooks.entries()) {
          if (webhook.definition.targetPipeline === input.name) store.webhooks.delete(key);
        }
      },
    ),
    ListPipelines: operation(
      () => allow('ListPipelines'),
      (input: ListPipelinesCommandInput): ListPipelinesOutput => {
        const page = paginate([...store.pipelines.values()], input.nextToken, input.maxResults);
        return { pipelines: page.items.map(summary), ...page.next };
      },
    ),
  };
}

/** Giving a pipeline a role needs iam:PassRole, as on AWS. */
function permitDeclaration(api: Api, action: string, pipeline: CreatePipelineCommandInput['pipeline']): Permission[] {
  const roles = [
    pipeline?.roleArn,
    ...(pipeline?.stages ?? []).flatMap((s) => (s.actions ?? []).map((a) => a.roleArn)),
  ];
  return [
    ...allow(action, pipelineArn(api.cloud, pipeline?.name ?? '')),
    ...[...new Set(roles)].flatMap((resource) =>
      resource === undefined
        ? []
        : [{ action: 'iam:PassRole', resource, context: { 'iam:PassedToService': 'codepipeline.amazonaws.com' } }],
    ),
  ];
}

function create(api: Api, input: CreatePipelineCommandInput, creator: string): CreatePipelineOutput {
  const declaration = checked(api, input.pipeline, 1);
  if (api.store.pipelines.has(declaration.name)) {
    const message = `A pipeline with the name '${declaration.name}' already exists in account '${api.cloud.accountId}'`;
    throw new ServiceError('PipelineNameInUseException', message);
  }
  const now = api.cloud.now();
  const tags = checkTags(input.tags);
  const record: PipelineRecord = { declaration, created: now, updated: now, tags, closedTransitions: {}, sequence: 0 };
  save(api, record);
  // AWS runs a new pipeline once; without a value for each variable it could only fail.
  const startable = (declaration.variables ?? []).every((variable) => variable.defaultValue !== undefined);
  if (startable) api.engine.start(record, { trigger: { type: 'CreatePipeline', detail: creator } });
  return { pipeline: declaration, tags };
}

function save(api: Api, record: PipelineRecord): void {
  const { name, version } = record.declaration;
  api.store.pipelines.set(name, record);
  api.store.declarations.set(`${name}/${version ?? 1}`, record.declaration);
}

/** The declaration with AWS's defaults filled in; throws with every problem at once. */
function checked(api: Api, given: CreatePipelineCommandInput['pipeline'], version: number): PipelineDeclaration {
  if (given === undefined) throw new ServiceError('ValidationException', 'pipeline is missing.');
  const pipeline = readDeclaration(given, version);
  const [first, ...rest] = pipelineProblems(pipeline, (id) => actionTypeOf(api, id));
  if (first === undefined) return pipeline;
  const text = [first, ...rest].map((problem) => problem.text).join('; ');
  throw new ServiceError(first.fault, `Pipeline '${pipeline.name}' is not valid: ${text}.`);
}

function get(api: Api, input: GetPipelineCommandInput): GetPipelineOutput {
  const record = pipelineNamed(api, input.name);
  const version = input.version ?? record.declaration.version ?? 1;
  const pipeline = api.store.declarations.get(`${input.name}/${version}`);
  if (pipeline === undefined) {
    throw new ServiceError('PipelineVersionNotFoundException', `Pipeline '${input.name}' has no version ${version}.`);
  }
  return {
    pipeline,
    metadata: {
      pipelineArn: pipelineArn(api.cloud, pipeline.name),
      created: new Date(record.created),
      updated: new Date(record.updated),
    },
  };
}

function summary(record: PipelineRecord): NonNullable<ListPipelinesOutput['pipelines']>[number] {
  const { name, version, pipelineType, executionMode } = record.declaration;
  return {
    name,
    version,
    pipelineType,
    executionMode,
    created: new Date(record.created),
    updated: new Date(record.updated),
  };
}
