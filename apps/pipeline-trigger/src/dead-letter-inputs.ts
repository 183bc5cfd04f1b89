import { membersOf } from './members-of.ts';

/**
 * What a dead letter keeps of a refused input, so that it is an input of this function again:
 * `{"pipelineName", "pathIncludes", "pathExcludes", "allowForks", "event"}`. One too long for the queue loses its paths
 * first, and then starts whatever they were.
 */
export function deadLetterInputs(input: unknown): object[] {
  const { pipelineName, pathIncludes, pathExcludes, allowForks, event } = membersOf(input);
  const target = { pipelineName, pathIncludes, pathExcludes, allowForks };
  const { changedPaths, ...others } = membersOf(event);
  const withoutPaths =
    changedPaths === undefined ? undefined : { ...others, changedPaths: [], changedPathsComplete: false };
  return [
    { ...target, event },
    { ...target, event: withoutPaths },
    { pipelineName: typeof pipelineName === 'string' ? pipelineName.slice(0, 100) : undefined },
  ];
}
