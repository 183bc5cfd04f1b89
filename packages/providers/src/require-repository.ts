import type { CommitSha } from '@gitsource/events';
import * as z from 'zod/mini';
import type { ApiSession } from './api-session.ts';
import { ProvidersError } from './errors.ts';
import { repositoryMissing } from './refused-answer.ts';

/** Throws `providers/repository-missing` where the connection's credentials do not see the repository, or as `read` does. */
export async function requireRepository({ asked, place, read }: ApiSession): Promise<void> {
  if ((await read(place.repositoryUrl, z.unknown())) === undefined) throw repositoryMissing(asked);
}

/** How servers answer for a commit that they do not have, beside 404. */
export const COMMIT_ABSENT: readonly number[] = [400, 422];

/** Whether the repository has a commit. Throws as `read` does. */
export async function hasCommit({ place, read }: ApiSession, commit: CommitSha): Promise<boolean> {
  return (await read(place.commitUrl(commit), z.unknown(), COMMIT_ABSENT)) !== undefined;
}

/** `what` is the beginning of the sentence: `GitHub gives no archive of acme/shop`. */
export function commitMissing(what: string, commit: CommitSha): ProvidersError {
  return new ProvidersError(
    'providers/commit-missing',
    `${what}: the commit ${commit} is not there. It may have been removed by a forced push, or not have arrived yet.`,
  );
}
