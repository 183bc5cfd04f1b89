import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { LocalError } from './errors.ts';

export interface StackPlan {
  readonly name: string;
  readonly templateFile: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface DeployedStack {
  readonly name: string;
  readonly outputs: Readonly<Record<string, string>>;
}

const POLL_MS = 50;

/** Creates the stack, or updates it where it exists, and waits; throws `local/stack-failed` with the first resource's reason. */
export async function deployStack(client: CloudFormationClient, plan: StackPlan): Promise<DeployedStack> {
  const existing = await findStack(client, plan.name);
  const input = {
    StackName: plan.name,
    TemplateBody: await readFile(plan.templateFile, 'utf8'),
    Capabilities: ['CAPABILITY_IAM' as const, 'CAPABILITY_NAMED_IAM' as const],
    Parameters: Object.entries(plan.parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
  };
  if (existing === undefined) await client.send(new CreateStackCommand(input));
  else await client.send(new UpdateStackCommand(input)).catch(ignoreNoUpdate);
  const stack = await waitForStack(client, plan.name);
  return {
    name: plan.name,
    outputs: Object.fromEntries(
      (stack.Outputs ?? []).map((output) => [output.OutputKey ?? '', output.OutputValue ?? '']),
    ),
  };
}

async function findStack(client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks?.[0];
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

function ignoreNoUpdate(error: unknown): void {
  if (!(error instanceof Error && /No updates are to be performed/.test(error.message))) throw error;
}

async function waitForStack(client: CloudFormationClient, name: string): Promise<Stack> {
  for (;;) {
    const stack = await findStack(client, name);
    const status = stack?.StackStatus ?? 'DELETE_COMPLETE';
    if (stack !== undefined && (status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE')) return stack;
    if (!status.endsWith('_IN_PROGRESS')) {
      throw new LocalError('local/stack-failed', `stack ${name} ended ${status}: ${await firstReason(client, name)}`, {
        fault: 'failed',
      });
    }
    await delay(POLL_MS);
  }
}

async function firstReason(client: CloudFormationClient, name: string): Promise<string> {
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: name }));
  const failed = StackEvents.filter((event) => event.ResourceStatus?.endsWith('_FAILED')).at(-1);
  return failed === undefined
    ? 'no resource failed; see describe-stack-events'
    : `${failed.LogicalResourceId} (${failed.ResourceType}): ${failed.ResourceStatusReason}`;
}
