import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Progress, StepLog } from '@gitsource/lanes';
import { forgetLaneNote } from '@gitsource/lanes/dispatch';

interface ForgetPorts {
  readonly ssm: Pick<SSMClient, 'send'>;
  readonly log: StepLog;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Forgets that a repository was too much for a function when its artifact is a small one now, so that the function has the next
 * job. A line of the log says so; nothing is thrown.
 */
export async function forgetShrunk(
  { ssm, log, now }: ForgetPorts,
  path: string,
  { gitUrl, artifactBytes: bytes }: Progress,
): Promise<void> {
  // Nothing was uploaded, so nothing is known.
  if (gitUrl === undefined || bytes === 0) return;
  const isForgotten = await forgetLaneNote({ ssm, path }, gitUrl, { bytes, nowMs: now() }, (problem) =>
    log.line(problem),
  );
  if (isForgotten) log.line('The repository has shrunk; its next job is given to the function again');
}
