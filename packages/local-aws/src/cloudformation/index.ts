import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { withCustomResources } from './custom/custom-resource.ts';
import { CustomResponses } from './custom/custom-responses.ts';
import { reasonOf } from './engine/deployment.ts';
import type { Stack } from './engine/stack.ts';
import { StackStore } from './engine/stack-store.ts';
import { changeSetOperations } from './operations/change-sets.ts';
import { createStack } from './operations/create-stack.ts';
import { deleteStack } from './operations/delete-stack.ts';
import { describeOperations } from './operations/describe.ts';
import type { CloudFormation } from './operations/prepare.ts';
import { templateOperations } from './operations/templates.ts';
import { updateStack } from './operations/update-stack.ts';
import { RESOURCE_TYPES } from './resources/registry.ts';

/** CloudFormation over templates as they are shipped: stacks are made through the other services' API, as their caller. */
export function createCloudFormation(cloud: Cloud): Service {
  const store = new StackStore(cloud);
  const running = new Set<Promise<void>>();
  const responses = new CustomResponses();
  const inBackground = (stack: Stack, work: () => Promise<void>): void => {
    const run = work()
      .catch((error: unknown) => store.setStackStatus(stack, failedFrom(stack), reasonOf(error)))
      .finally(() => running.delete(run));
    running.add(run);
  };
  const service: CloudFormation = { cloud, store, types: withCustomResources(RESOURCE_TYPES, responses), inBackground };
  return {
    name: 'cloudformation',
    operations: {
      CreateStack: createStack(service),
      UpdateStack: updateStack(service),
      DeleteStack: deleteStack(service),
      ...describeOperations(service),
      ...templateOperations(service),
      ...changeSetOperations(service),
    },
    httpRoutes: [responses],
    start: async () => {
      for (const stack of store
        .all()
        .filter(({ status }) => status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS')) {
        store.setStackStatus(
          stack,
          failedFrom(stack),
          'The embedded CloudFormation was stopped during this operation; delete the stack or update it again.',
        );
      }
    },
    stop: async () => {
      responses.stop();
      await Promise.allSettled(running);
    },
  };
}

/** The final status for an operation that broke off, by the one it was in: `UPDATE_ROLLBACK_IN_PROGRESS` → `UPDATE_ROLLBACK_FAILED`. */
function failedFrom(stack: Stack): Stack['status'] {
  if (stack.status.startsWith('UPDATE_ROLLBACK')) return 'UPDATE_ROLLBACK_FAILED';
  if (stack.status.startsWith('UPDATE')) return 'UPDATE_FAILED';
  if (stack.status.startsWith('DELETE')) return 'DELETE_FAILED';
  return stack.status.startsWith('ROLLBACK') ? 'ROLLBACK_FAILED' : 'CREATE_FAILED';
}
