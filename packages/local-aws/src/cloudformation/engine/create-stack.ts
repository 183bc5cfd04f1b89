import type { OnFailure } from '@aws-sdk/client-cloudformation';
import { walkInOrder } from '../template/dependency-order.ts';
import { TemplateError } from '../template/template-error.ts';
import { applyResource } from './apply-resource.ts';
import { type Deployment, PARALLEL, reasonOf } from './deployment.ts';
import { evaluateOutputs } from './outputs.ts';
import { removeResources } from './remove-resources.ts';

/** Makes every resource of a new stack; on failure does what `onFailure` says. Ends in a final stack status. */
export async function createStackResources(deployment: Deployment, onFailure: OnFailure): Promise<void> {
  const { stack, store, cloud, checked } = deployment;
  const deadline =
    stack.timeoutMinutes === undefined ? Number.POSITIVE_INFINITY : cloud.now() + stack.timeoutMinutes * 60_000;
  const apply = async (logicalId: string): Promise<void> => {
    if (cloud.now() > deadline) throw new TemplateError('Stack creation time exceeded the specified timeout.');
    await applyResource(deployment, logicalId, false);
  };
  const { failed } = await walkInOrder(checked.dependencies, apply, { parallel: PARALLEL, stopOnFailure: true });
  let reason =
    failed.size === 0 ? undefined : `The following resource(s) failed to create: [${[...failed.keys()].join(', ')}].`;
  if (reason === undefined) {
    try {
      stack.outputs = evaluateOutputs(deployment);
      store.setStackStatus(stack, 'CREATE_COMPLETE');
      return;
    } catch (error) {
      reason = reasonOf(error);
    }
  }
  if (onFailure === 'DO_NOTHING') return store.setStackStatus(stack, 'CREATE_FAILED', reason);
  await undoCreation(deployment, reason, onFailure === 'DELETE' ? 'DELETE' : 'ROLLBACK');
}

async function undoCreation(deployment: Deployment, reason: string, verb: 'DELETE' | 'ROLLBACK'): Promise<void> {
  const { stack, store, cloud } = deployment;
  store.setStackStatus(
    stack,
    `${verb}_IN_PROGRESS`,
    `${reason} ${verb === 'DELETE' ? 'Delete' : 'Rollback'} requested by user.`,
  );
  const left = await removeResources(
    deployment,
    Object.values(stack.resources),
    ({ deletionPolicy }) => deletionPolicy === 'Retain',
  );
  if (left.length > 0)
    return store.setStackStatus(
      stack,
      `${verb}_FAILED`,
      `The following resource(s) failed to delete: [${left.join(', ')}]. `,
    );
  if (verb === 'DELETE') stack.deletedAt = cloud.now();
  store.setStackStatus(stack, `${verb}_COMPLETE`);
}
