import { walkInOrder } from '../template/dependency-order.ts';
import { applyResource, updateResource } from './apply-resource.ts';
import { type Deployment, PARALLEL, reasonOf } from './deployment.ts';
import { evaluateOutputs } from './outputs.ts';
import { removeResources } from './remove-resources.ts';
import type { Stack, StackResource } from './stack.ts';

/** What a stack was before its update, and is again after a rollback. */
export type Before = Pick<
  Stack,
  'template' | 'parameters' | 'tags' | 'capabilities' | 'outputs' | 'imports' | 'resources'
> & { readonly description: string | undefined };

export function beforeUpdate(stack: Stack): Before {
  const { template, parameters, tags, capabilities, outputs, imports, resources, description } = stack;
  return structuredClone({ template, parameters, tags, capabilities, outputs, imports, resources, description });
}

/** Makes a stack what its new template says, then removes what is not needed any more; returns to `before` on failure. */
export async function updateStackResources(deployment: Deployment, before: Before): Promise<void> {
  const { stack, store, checked, cloud } = deployment;
  const replaced: StackResource[] = [];
  const tagsChanged = JSON.stringify(before.tags) !== JSON.stringify(stack.tags);
  const apply = async (logicalId: string): Promise<void> => {
    const old = await applyResource(deployment, logicalId, tagsChanged);
    if (old !== undefined) replaced.push(old);
  };
  const { failed } = await walkInOrder(checked.dependencies, apply, { parallel: PARALLEL, stopOnFailure: true });
  let reason =
    failed.size === 0 ? undefined : `The following resource(s) failed to update: [${[...failed.keys()].join(', ')}].`;
  if (reason === undefined) {
    try {
      stack.outputs = evaluateOutputs(deployment);
    } catch (error) {
      reason = reasonOf(error);
    }
  }
  if (reason !== undefined) {
    if (stack.disableRollback) return store.setStackStatus(stack, 'UPDATE_FAILED', reason);
    return rollBack(deployment, before, reason);
  }
  const removed = Object.values(stack.resources).filter(({ logicalId }) => !checked.dependencies.has(logicalId));
  if (removed.length + replaced.length > 0) store.setStackStatus(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  await removeResources(deployment, replaced, ({ updateReplacePolicy }) => updateReplacePolicy !== 'Delete');
  await removeResources(deployment, removed, ({ deletionPolicy }) => deletionPolicy !== 'Delete');
  for (const { logicalId } of removed) delete stack.resources[logicalId];
  stack.updatedAt = cloud.now();
  store.setStackStatus(stack, 'UPDATE_COMPLETE');
}

async function rollBack(deployment: Deployment, before: Before, reason: string): Promise<void> {
  const { stack, store } = deployment;
  store.setStackStatus(stack, 'UPDATE_ROLLBACK_IN_PROGRESS', reason);
  const now = { ...stack.resources };
  const extra: StackResource[] = [];
  const stuck: string[] = [];
  const { description, resources, ...rest } = before;
  Object.assign(stack, rest);
  if (description === undefined) delete stack.description;
  else stack.description = description;
  for (const resource of Object.values(now)) {
    const former = resources[resource.logicalId];
    if (former?.physicalId !== resource.physicalId) extra.push(resource);
    if (former === undefined) delete stack.resources[resource.logicalId];
    else if (former.physicalId !== resource.physicalId) stack.resources[resource.logicalId] = former;
    else if (resource.status.startsWith('UPDATE_') && resource.changedAt !== former.changedAt)
      extra.push(...(await restore(deployment, resource, former, stuck)));
  }
  if (stuck.length > 0) {
    return store.setStackStatus(
      stack,
      'UPDATE_ROLLBACK_FAILED',
      `The following resource(s) failed to update: [${stuck.join(', ')}].`,
    );
  }
  store.setStackStatus(stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
  await removeResources(deployment, extra, ({ deletionPolicy }) => deletionPolicy === 'Retain');
  store.setStackStatus(stack, 'UPDATE_ROLLBACK_COMPLETE');
}

/** Returns what a provider of a custom resource replaced meanwhile. */
async function restore(
  deployment: Deployment,
  resource: StackResource,
  former: StackResource,
  stuck: string[],
): Promise<StackResource[]> {
  try {
    const restored = { ...resource, needs: former.needs, deletionPolicy: former.deletionPolicy };
    await updateResource(deployment, restored, former.properties);
    return restored.physicalId === resource.physicalId ? [] : [resource];
  } catch (error) {
    stuck.push(resource.logicalId);
    deployment.store.setResourceStatus(deployment.stack, resource, 'UPDATE_FAILED', reasonOf(error));
    return [];
  }
}
