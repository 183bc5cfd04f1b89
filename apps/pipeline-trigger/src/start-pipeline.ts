import { createHash } from 'node:crypto';
import { GetPipelineCommand, StartPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import type { GitEvent } from '@gitsource/events';
import type { Decision } from './decide-start.ts';
import { pipelineCallError } from './errors.ts';
import type { Ports } from './ports.ts';

/** The variables by which an execution is told what to build. */
export const COMMIT_VARIABLE = 'SourceCommit';
export const REF_VARIABLE = 'SourceRef';

export interface PipelineStart {
  readonly pipelineName: string;
  readonly event: Pick<GitEvent, 'deliveryId' | 'ref'>;
  readonly decision: Extract<Decision, { kind: 'start' }>;
}

/**
 * Starts one execution and returns its ID; the same delivery, ref, commit and pipeline give the same token, and so no second
 * execution. CodePipeline refuses a variable that the pipeline does not declare, so only declared ones are given.
 * Throws `pipeline-trigger/pipeline-missing`, `-access-denied`, `-start-refused`, `-pipeline-busy`, `-aws-unavailable`.
 */
export async function startPipeline({ codePipeline }: Ports, start: PipelineStart): Promise<string> {
  const { pipelineName, event, decision } = start;
  const declared = await declaredVariables({ codePipeline }, pipelineName);
  const wanted = [
    { name: COMMIT_VARIABLE, value: decision.commit },
    { name: REF_VARIABLE, value: decision.ref },
  ];
  const variables = wanted.flatMap(({ name, value }) =>
    value !== undefined && declared.has(name) ? [{ name, value }] : [],
  );
  try {
    const { pipelineExecutionId = '' } = await codePipeline.send(
      new StartPipelineExecutionCommand({
        name: pipelineName,
        clientRequestToken: executionToken(event, decision.commit, pipelineName),
        ...(variables.length > 0 && { variables }),
      }),
    );
    return pipelineExecutionId;
  } catch (error) {
    throw pipelineCallError('StartPipelineExecution', pipelineName, error);
  }
}

/** None for pipelines of type V1, which have no variables. */
async function declaredVariables({ codePipeline }: Pick<Ports, 'codePipeline'>, name: string): Promise<Set<string>> {
  try {
    const { pipeline } = await codePipeline.send(new GetPipelineCommand({ name }));
    return new Set(pipeline?.variables?.flatMap((variable) => variable.name ?? []));
  } catch (error) {
    throw pipelineCallError('GetPipeline', name, error);
  }
}

/**
 * 64 hex digits, within the `^[a-zA-Z0-9-]{1,128}$` of a clientRequestToken. JSON keeps the parts apart whatever they hold.
 * With the commit, because many signatures do not cover the ID: one that somebody made up must not keep another commit from
 * being built. How long CodePipeline knows a token is not published.
 */
export function executionToken(
  { deliveryId, ref }: PipelineStart['event'],
  commit: string | undefined,
  pipelineName: string,
): string {
  return createHash('sha256')
    .update(JSON.stringify([deliveryId, ref, commit, pipelineName]))
    .digest('hex');
}
