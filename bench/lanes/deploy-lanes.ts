import { join } from 'node:path';
import { CUSTOM_ACTION_STACK } from '../../apps/local/src/deploy-sample.ts';
import { deployStack } from '../../apps/local/src/deploy-stack.ts';
import { CODE_PREFIX } from '../../apps/local/src/upload-zips.ts';
import { PROJECT_FOLDER, type Rehearsal } from '../../apps/local/test/rehearsal.ts';
import type { StackOutputs } from './run-job.ts';

/** What is deployed, and what is set of the template's parameters. */
export interface LanesPlan {
  readonly lanes: 'BOTH' | 'BUILD';
  readonly memoryMb?: string;
}

let deployments = 0;

/** Deploys the template as shipped. One parameter is new each time, so that functions start cold after it. */
export async function deployLanes({ aws, clients }: Rehearsal, { lanes, memoryMb }: LanesPlan): Promise<StackOutputs> {
  deployments += 1;
  const { outputs } = await deployStack(clients.cloudFormation, {
    name: CUSTOM_ACTION_STACK,
    templateFile: join(PROJECT_FOLDER, 'cloudformation', 'custom-action.yaml'),
    parameters: {
      CodeBucket: `gitsource-code-${aws.accountId}-${aws.region}`,
      CodePrefix: CODE_PREFIX,
      Lanes: lanes,
      FunctionTimeoutSeconds: String(900 - (deployments % 2)),
      ...(memoryMb !== undefined && { FunctionMemory: memoryMb }),
    },
  });
  return outputs;
}

/** What was learnt of a repository would send its next job to the build at once. */
export async function forgetNotes({ aws: { cloud } }: Rehearsal): Promise<void> {
  const { root } = cloud.identities;
  const { Parameters } = await cloud.call<{ Parameters: readonly { readonly Name: string }[] }>(
    root,
    'ssm',
    'GetParametersByPath',
    { Path: `/gitsource/${CUSTOM_ACTION_STACK}/lanes`, Recursive: true },
  );
  for (const { Name } of Parameters) await cloud.call(root, 'ssm', 'DeleteParameter', { Name });
}
