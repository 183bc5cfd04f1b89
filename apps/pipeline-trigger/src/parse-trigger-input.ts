import { type GitEvent, parseGitEvent } from '@gitsource/events';
import * as z from 'zod/mini';
import type { StartFilter } from './decide-start.ts';
import { PipelineTriggerError } from './errors.ts';
import { parseWildcard, type Wildcard } from './wildcard.ts';

/** What a rule's InputTransformer makes of a Git event. */
export interface TriggerInput {
  readonly pipelineName: string;
  readonly filter: StartFilter;
  readonly event: GitEvent;
}

const patterns = z.optional(z.array(z.string('is no text'), 'is no list of patterns'));

/** A misspelt key would silently be a filter that filters nothing, so unknown ones are refused. */
const shape = z.strictObject(
  {
    // https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StartPipelineExecution.html
    pipelineName: z
      .string('is not the name of a pipeline')
      .check(z.regex(/^[A-Za-z0-9.@_-]{1,100}$/, 'is not the name of a pipeline')),
    pathIncludes: patterns,
    pathExcludes: patterns,
    allowForks: z.optional(z.boolean('is neither true nor false')),
    event: z.optional(z.unknown()),
    // A dead letter can be given back as it is; these two are what it adds.
    code: z.optional(z.string()),
    message: z.optional(z.string()),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? `unknown ${issue.keys.join(', ')}` : 'is no object') },
);

/**
 * Reads `{"pipelineName": "app", "pathIncludes": ["services/a/*"], "pathExcludes": [], "event": <detail>}`; an empty pattern
 * is none, as CloudFormation has no empty list. Throws `pipeline-trigger/input-invalid`,
 * `pipeline-trigger/path-pattern-invalid`, `events/event-invalid`.
 */
export function parseTriggerInput(value: unknown): TriggerInput {
  const result = shape.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
    const remedy = "Correct the InputTransformer of the rule's target";
    throw new PipelineTriggerError('pipeline-trigger/input-invalid', `${problems.join('; ')}. ${remedy}.`);
  }
  const { pipelineName, pathIncludes, pathExcludes, allowForks = false, event } = result.data;
  const filter = { includes: readPatterns(pathIncludes), excludes: readPatterns(pathExcludes), allowForks };
  return { pipelineName, filter, event: parseGitEvent(event) };
}

function readPatterns(texts: readonly string[] = []): Wildcard[] {
  return texts.filter((text) => text !== '').map(parseWildcard);
}
