import type { CodePipelineStateEvent } from '@gitsource/events';

/** Where each partition has its console, below the Region; others are not reached from outside. */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
  'aws-eusc': 'console.amazonaws-eusc.eu',
};

/** The console's page of an execution; `undefined` in a partition whose console is not known. */
export function consoleUrl(
  { partition, pipelineName, region }: Pick<CodePipelineStateEvent, 'partition' | 'pipelineName' | 'region'>,
  executionId: string,
): string | undefined {
  const host = Object.hasOwn(CONSOLES, partition) ? CONSOLES[partition] : undefined;
  if (host === undefined) return undefined;
  const pipeline = `pipelines/${encodeURIComponent(pipelineName)}/executions/${encodeURIComponent(executionId)}`;
  return `https://${region}.${host}/codesuite/codepipeline/${pipeline}/visualization?region=${region}`;
}
