import { ListTagsForResourceCommand } from '@aws-sdk/client-codepipeline';
import type { CodePipelineStateEvent } from '@gitsource/events';
import { readAwsFailure } from '@gitsource/runtime';
import { BoundedMap } from './bounded-map.ts';
import type { Config } from './config.ts';
import { awsCallError } from './errors.ts';
import type { Ports } from './ports.ts';

/** A tag that is given or taken counts within this. */
const MAX_AGE_MS = 600_000;
const MAX_PIPELINES = 1000;

/**
 * Whether a pipeline is one of those that are to be shown. Events do not tell a pipeline's tags, so they are asked for and kept.
 * Throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`.
 */
export function createTagFilter(
  { codePipeline, now }: Pick<Ports, 'codePipeline' | 'now'>,
  wanted: Config['pipelineTag'],
): (event: CodePipelineStateEvent) => Promise<boolean> {
  const answers = new BoundedMap<{ readonly atMs: number; readonly isTagged: boolean }>(MAX_PIPELINES);

  async function read(resourceArn: string, tag: NonNullable<Config['pipelineTag']>): Promise<boolean> {
    try {
      const { tags = [] } = await codePipeline.send(new ListTagsForResourceCommand({ resourceArn }));
      return tags.some(({ key, value }) => key === tag.key && (tag.value === undefined || value === tag.value));
    } catch (error) {
      if (readAwsFailure(error)?.name === 'ResourceNotFoundException') return false;
      throw awsCallError('codepipeline:ListTagsForResource', resourceArn, error);
    }
  }

  return async ({ accountId, partition, pipelineName, region }) => {
    if (wanted === undefined) return true;
    const kept = answers.get(pipelineName);
    if (kept !== undefined && now() - kept.atMs < MAX_AGE_MS) return kept.isTagged;
    const atMs = now();
    const isTagged = await read(`arn:${partition}:codepipeline:${region}:${accountId}:${pipelineName}`, wanted);
    answers.set(pipelineName, { atMs, isTagged });
    return isTagged;
  };
}
