import type { FetchedCommit } from '@gitsource/git';
import type { ActionConfiguration } from '@gitsource/job-protocol';
import { fetchSource, type SourceRequest } from './fetch-source.ts';
import type { Ports } from './ports.ts';
import { zipCommit } from './zip-commit.ts';

/** A commit, and its zip. */
export interface Source extends Pick<FetchedCommit, 'commit' | 'refName' | 'branchName' | 'dispose'> {
  /** To be read once. */
  readonly zip: AsyncIterable<Uint8Array>;
}

/** Finds the commit that a job names, by git or by the provider's API. Throws what its parts throw, all coded. */
export async function openSource(
  ports: Ports,
  request: SourceRequest & Pick<ActionConfiguration, 'fetchMethod'>,
): Promise<Source> {
  if (request.fetchMethod === 'archive') {
    // A build that clones loads nothing of this.
    const { openArchive } = await import('./open-archive.ts');
    return openArchive(ports, request);
  }
  const fetched = await fetchSource(ports, request);
  return { ...fetched, zip: zipCommit(fetched, request) };
}
