import { writeZip } from '@gitsource/artifact';
import type { FetchedCommit } from '@gitsource/git';
import type { ActionConfiguration } from '@gitsource/job-protocol';

/** The zip of a commit that git fetched. Its dates are the commit's, so that the same commit gives the same bytes. */
export function zipCommit(
  fetched: FetchedCommit,
  { outputArtifactFormat }: Pick<ActionConfiguration, 'outputArtifactFormat'>,
): AsyncIterable<Uint8Array> {
  return writeZip(fetched.entries(), {
    modified: new Date(fetched.commit.committerDate),
    allowGitFolder: outputArtifactFormat === 'FULL_CLONE',
  });
}
