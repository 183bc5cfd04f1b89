import { parseGitEvent } from '@gitsource/events';
import { type Push, type PushSettings, parsePush } from '@gitsource/lanes';
import { SourceFetchError } from './errors.ts';

/** What one invocation is to do. */
export type Task =
  | { readonly kind: 'job'; readonly jobId: string }
  | { readonly kind: 'push'; readonly push: Push; readonly settings: PushSettings };

/** A CodePipeline job ID is a UUID. */
const JOB_ID = /^[0-9a-fA-F-]{1,64}$/;

/**
 * Reads `{"jobId": "…"}` of custom-action, or an event of the bus with a push. Throws `source-fetch/input-invalid`, and what
 * `parseGitEvent` and `parsePush` throw.
 */
export function parseTask(input: unknown, settings: PushSettings | undefined): Task {
  if (typeof input !== 'object' || input === null) throw invalid('it is no object');
  if ('jobId' in input) {
    if (typeof input.jobId === 'string' && JOB_ID.test(input.jobId)) return { kind: 'job', jobId: input.jobId };
    throw invalid('its jobId is not the ID of a job');
  }
  if (!('detail' in input)) throw invalid('it has neither a jobId nor the detail of an event');
  if (settings === undefined) throw invalid('this function has no bucket for pushes (OUTPUT_BUCKET)');
  const event = parseGitEvent(input.detail);
  if (event.deleted) throw invalid('its ref was deleted');
  const push = parsePush({
    repositoryPath: event.repository.path,
    gitUrl: event.repository.sshUrl,
    ref: event.ref,
    commit: event.after,
    deliveryId: event.deliveryId,
    hostOverride: settings.hostOverride,
  });
  return { kind: 'push', push, settings };
}

function invalid(problem: string): SourceFetchError {
  return new SourceFetchError(
    'source-fetch/input-invalid',
    'configuration',
    `This is nothing to fetch: ${problem}. Let only custom-action or the template's rule invoke this function.`,
  );
}
