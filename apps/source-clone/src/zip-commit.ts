import { writeZip } from '@gitsource/artifact';
import type { FetchedCommit } from '@gitsource/git';
import type { ActionConfiguration } from '@gitsource/job-protocol';
import { type FetchPorts, noteTreeConversions } from '@gitsource/lanes';

/** The zip of a commit that git fetched. Its dates are the commit's, so that the same commit gives the same bytes. */
export function zipCommit(
  { log }: Pick<FetchPorts, 'log'>,
  fetched: FetchedCommit,
  { outputArtifactFormat, gitLfs }: Pick<ActionConfiguration, 'outputArtifactFormat' | 'gitLfs'>,
): AsyncIterable<Uint8Array> {
  const isClone = outputArtifactFormat === 'FULL_CLONE';
  const entries = fetched.entries();
  // A clone has a work tree, in which git has converted what is to be converted.
  const noted = isClone ? entries : noteTreeConversions(entries, log, gitLfs ? ['filter=lfs'] : []);
  return writeZip(noted, { modified: new Date(fetched.commit.committerDate), allowGitFolder: isClone });
}
