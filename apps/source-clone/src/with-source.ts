import type { FetchedCommit } from '@gitsource/git';
import { chooseWay } from './choose-way.ts';
import { fetchSource, type SourceRequest, tellFetching } from './fetch-source.ts';
import type { Ports } from './ports.ts';
import { readGitConnection } from './read-source-connection.ts';
import { zipCommit } from './zip-commit.ts';

/** A commit, and its zip. */
export interface Source extends Pick<FetchedCommit, 'commit' | 'refName' | 'branchName'> {
  /** To be read once. */
  readonly zip: AsyncIterable<Uint8Array>;
}

/** Does something with a source, which is there until that has ended. */
export type UseSource<T> = (source: Source) => Promise<T>;

/**
 * Finds the commit that a job names, by the server's pack, by git or by the provider's API, and uses it. Where the pack cannot
 * be read, also where that is seen in its middle, everything is done once more by git, whose errors then are those that
 * count. Throws what its parts throw, all coded.
 */
export async function withSource<T>(ports: Ports, request: SourceRequest, use: UseSource<T>): Promise<T> {
  if (request.fetchMethod === 'archive') {
    // A build that clones loads nothing of this.
    const { openArchive } = await import('./open-archive.ts');
    return use(await openArchive(ports, request));
  }
  const connection = await readGitConnection(ports, request);
  let { kind, why } = chooseWay(request, ports.environment);
  if (kind === 'pack') {
    const { usePack } = await import('./use-pack.ts');
    tellFetching(ports, request, `by its pack: ${why}`);
    const used = await usePack(ports, request, { connection }, use);
    if ('result' in used) return used.result;
    why = used.why;
  }
  const fetched = await fetchSource(ports, request, connection, why);
  try {
    return await use({ ...fetched, zip: zipCommit(ports, fetched, request) });
  } finally {
    await fetched.dispose();
  }
}
