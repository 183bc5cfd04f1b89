import { writeZip } from '@gitsource/artifact';
import type { FetchedCommit } from '@gitsource/git';
import type { ActionConfiguration } from '@gitsource/job-protocol';
import { Conversions, type FetchPorts } from '@gitsource/lanes';

/** The zip of a commit that git fetched. Its dates are the commit's, so that the same commit gives the same bytes. */
export async function* zipCommit(
  { log }: Pick<FetchPorts, 'log'>,
  fetched: FetchedCommit,
  { outputArtifactFormat }: Pick<ActionConfiguration, 'outputArtifactFormat'>,
): AsyncGenerator<Uint8Array> {
  const conversions = new Conversions();
  const entries = fetched.entries({ onConverted: conversions.note });
  const modified = new Date(fetched.commit.committerDate);
  yield* writeZip(entries, { modified, allowGitFolder: outputArtifactFormat === 'FULL_CLONE' });
  conversions.tell(log);
}
