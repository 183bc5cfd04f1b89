import type * as rest from '@aws-sdk/client-api-gateway';
import { operation } from '../cloud/operation.ts';
import type { Service } from '../cloud/service.ts';
import { badRequest, conflict, notFound, refuseOthers } from './gateway-error.ts';
import { newId } from './http-api-store.ts';
import { positionPage } from './page.ts';
import { type Patch, readPatches, unknownPatch } from './patch.ts';
import type { RestApiRecord, RestDeployment, RestStage } from './rest-api-record.ts';
import { type RestApiStore, stageOf } from './rest-api-store.ts';

/** Deployments, which are what a stage answers with, and stages. */
export function restStageOperations(store: RestApiStore): Service['operations'] {
  const on = (method: string) => (input: { restApiId: string | undefined; stageName?: string | undefined }) =>
    store.permission(method, `/restapis/${input.restApiId}/stages/${input.stageName ?? ''}`);
  const put = (api: RestApiRecord, name: string, stage: RestStage): rest.Stage => {
    deploymentOf(api, stage.deploymentId);
    api.stages[name] = stage;
    store.save(api);
    return stageView(name, stage);
  };
  return {
    ...deploymentOperations(store),
    CreateStage: operation(on('POST'), (input: rest.CreateStageRequest): rest.Stage => {
      refuseOthers(input, ['restApiId', 'stageName', 'deploymentId', 'description', 'variables', 'tags']);
      const { stageName = '', deploymentId = '', description, variables } = input;
      const api = store.api(input.restApiId);
      if (!/^\w{1,128}$/.test(stageName)) throw badRequest(`Stage name only allows a-zA-Z0-9_: ${stageName}`);
      if (Object.hasOwn(api.stages, stageName)) throw conflict('Stage already exists');
      const now = store.cloud.now();
      return put(api, stageName, {
        deploymentId,
        ...(description !== undefined && { description }),
        ...(variables !== undefined && { variables }),
        tags: { ...input.tags },
        createdAt: now,
        updatedAt: now,
      });
    }),
    GetStage: operation(on('GET'), (input: rest.GetStageRequest) =>
      stageView(input.stageName ?? '', stageOf(store.api(input.restApiId), input.stageName)),
    ),
    GetStages: operation(
      on('GET'),
      (input: rest.GetStagesRequest): rest.Stages => ({
        item: Object.entries(store.api(input.restApiId).stages)
          .filter(([, { deploymentId }]) => input.deploymentId === undefined || input.deploymentId === deploymentId)
          .map(([name, stage]) => stageView(name, stage)),
      }),
    ),
    UpdateStage: operation(on('PATCH'), (input: rest.UpdateStageRequest): rest.Stage => {
      const api = store.api(input.restApiId);
      const stage = readPatches(input.patchOperations).reduce(patchStage, stageOf(api, input.stageName));
      return put(api, input.stageName ?? '', { ...stage, updatedAt: store.cloud.now() });
    }),
    DeleteStage: operation(on('DELETE'), (input: rest.DeleteStageRequest) => {
      const api = store.api(input.restApiId);
      stageOf(api, input.stageName);
      delete api.stages[input.stageName ?? ''];
      store.save(api);
    }),
  };
}

function deploymentOperations(store: RestApiStore): Service['operations'] {
  const on = (method: string) => (input: { restApiId: string | undefined; deploymentId?: string | undefined }) =>
    store.permission(method, `/restapis/${input.restApiId}/deployments/${input.deploymentId ?? ''}`);
  return {
    CreateDeployment: operation(on('POST'), (input: rest.CreateDeploymentRequest): rest.Deployment => {
      refuseOthers(input, ['restApiId', 'description']);
      const api = store.api(input.restApiId);
      checkDeployable(api);
      const deployment: RestDeployment = {
        createdAt: store.cloud.now(),
        ...(input.description !== undefined && { description: input.description }),
        settings: api.settings,
        resources: structuredClone(api.resources),
      };
      const id = newId(6);
      api.deployments[id] = deployment;
      store.save(api);
      return deploymentView(id, deployment);
    }),
    GetDeployment: operation(on('GET'), (input: rest.GetDeploymentRequest) =>
      deploymentView(input.deploymentId ?? '', deploymentOf(store.api(input.restApiId), input.deploymentId)),
    ),
    GetDeployments: operation(
      on('GET'),
      (input: rest.GetDeploymentsRequest): rest.Deployments =>
        positionPage(
          Object.entries(store.api(input.restApiId).deployments).map(([id, each]) => deploymentView(id, each)),
          input,
        ),
    ),
    DeleteDeployment: operation(on('DELETE'), (input: rest.DeleteDeploymentRequest) => {
      const api = store.api(input.restApiId);
      deploymentOf(api, input.deploymentId);
      if (Object.values(api.stages).some(({ deploymentId }) => deploymentId === input.deploymentId)) {
        throw badRequest('Active stages pointing to this deployment must be moved or deleted');
      }
      delete api.deployments[input.deploymentId ?? ''];
      store.save(api);
    }),
  };
}

function deploymentOf(api: RestApiRecord, id: string | undefined): RestDeployment {
  const deployment = Object.hasOwn(api.deployments, id ?? '') ? api.deployments[id ?? ''] : undefined;
  if (deployment === undefined) throw notFound('Invalid Deployment identifier specified');
  return deployment;
}

function checkDeployable({ settings, resources }: RestApiRecord): void {
  const methods = Object.values(resources).flatMap((resource) => Object.values(resource.methods));
  if (methods.length === 0) throw badRequest("The REST API doesn't contain any methods");
  if (methods.some(({ integration }) => integration === undefined))
    throw badRequest('No integration defined for method');
  if (settings.type === 'PRIVATE' && settings.policy === undefined) {
    throw badRequest("Private REST API doesn't have a resource policy attached to it");
  }
}

function patchStage(stage: RestStage, patch: Patch): RestStage {
  const { op, path, value } = patch;
  const [name = '', key] = path;
  if (op === 'replace' && path.length === 1 && (name === 'deploymentId' || name === 'description')) {
    return { ...stage, [name]: value };
  }
  if (name !== 'variables' || key === undefined || op === 'add') throw unknownPatch(patch);
  const { [key]: _before, ...others } = stage.variables ?? {};
  return { ...stage, variables: op === 'remove' ? others : { ...others, [key]: value } };
}

function deploymentView(id: string, { createdAt, description }: RestDeployment): rest.Deployment {
  return { id, createdDate: new Date(createdAt), ...(description !== undefined && { description }) };
}

function stageView(stageName: string, { createdAt, updatedAt, variables, ...stage }: RestStage): rest.Stage {
  return {
    ...stage,
    stageName,
    ...(variables !== undefined && { variables: { ...variables } }),
    createdDate: new Date(createdAt),
    lastUpdatedDate: new Date(updatedAt),
  };
}
