import type { Operation } from './deployment.ts';
import { removeResources } from './remove-resources.ts';

/** Deletes every resource, dependents first; `retain` are logical IDs to leave as they are. */
export async function deleteStackResources(operation: Operation, retain: readonly string[]): Promise<void> {
  const { stack, store, cloud } = operation;
  const left = await removeResources(
    operation,
    Object.values(stack.resources),
    ({ logicalId, deletionPolicy }) => deletionPolicy !== 'Delete' || retain.includes(logicalId),
  );
  if (left.length > 0)
    return store.setStackStatus(
      stack,
      'DELETE_FAILED',
      `The following resource(s) failed to delete: [${left.join(', ')}]. `,
    );
  stack.deletedAt = cloud.now();
  stack.outputs = [];
  store.setStackStatus(stack, 'DELETE_COMPLETE');
}
