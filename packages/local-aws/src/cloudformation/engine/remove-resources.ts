import { type Dependencies, reversed, walkInOrder } from '../template/dependency-order.ts';
import { isGone, type Operation, PARALLEL, reasonOf, typeOf } from './deployment.ts';
import { resolveDynamicReferences } from './dynamic-references.ts';
import { resourceContext } from './resource-context.ts';
import type { StackResource } from './stack.ts';

/** Resources that need one another, dependents first; logical IDs whose deletion failed. */
export async function removeResources(
  operation: Operation,
  resources: readonly StackResource[],
  keep: (resource: StackResource) => boolean,
): Promise<string[]> {
  const byId = new Map(resources.map((resource) => [resource.logicalId, resource]));
  const needs: Dependencies = new Map(
    resources.map(({ logicalId, needs }) => [logicalId, new Set(needs.filter((need) => byId.has(need)))]),
  );
  const { failed } = await walkInOrder(
    reversed(needs),
    async (logicalId) => {
      const resource = byId.get(logicalId);
      if (resource !== undefined) await removeResource(operation, resource, keep(resource));
    },
    { parallel: PARALLEL, stopOnFailure: false },
  );
  return [...failed.keys()];
}

async function removeResource(operation: Operation, resource: StackResource, keep: boolean): Promise<void> {
  const { store, stack, cloud, principal } = operation;
  if (resource.status === 'DELETE_COMPLETE' || resource.status === 'DELETE_SKIPPED') return;
  if (keep && resource.physicalId !== undefined) return store.setResourceStatus(stack, resource, 'DELETE_SKIPPED');
  store.setResourceStatus(stack, resource, 'DELETE_IN_PROGRESS');
  try {
    if (resource.physicalId !== undefined) {
      const context = resourceContext(cloud, stack, principal, resource.logicalId);
      // A secret that is gone must not keep the rest from being deleted.
      const properties = await resolveDynamicReferences(resource.properties, context).catch(() => resource.properties);
      const { physicalId, attributes } = resource;
      await typeOf(operation, resource).delete(context, { physicalId, attributes, properties });
    }
  } catch (error) {
    if (!isGone(error)) {
      store.setResourceStatus(stack, resource, 'DELETE_FAILED', reasonOf(error));
      throw error;
    }
  }
  store.setResourceStatus(stack, resource, 'DELETE_COMPLETE');
}
