import { chooseWay } from './choose-way.ts';
import type { Ports } from './ports.ts';
import { readGitConnection } from './read-source-connection.ts';
import type { SourceRequest, UseSource } from './source.ts';
import { tellFetching } from './tell-fetching.ts';

/**
 * Finds the commit that a job or a push names, by the provider's API, by the server's pack or by the lane's other way, and uses
 * it. Where the pack cannot be read, also where that is seen in its middle, everything is done once more by the other way.
 * Throws what its parts throw, all coded.
 */
export async function withSource<T>(ports: Ports, request: SourceRequest, use: UseSource<T>): Promise<T> {
  ports.progress.gitUrl = request.gitUrl;
  if (request.fetchMethod === 'archive') {
    // What reads no archive loads nothing of this.
    const { openArchive } = await import('./open-archive.ts');
    return use(await openArchive(ports, request));
  }
  const connection = await readGitConnection(ports, request);
  const { kind, why } = chooseWay(request, ports.environment);
  if (kind === 'other') return ports.otherWay(ports, request, { connection, why }, use);
  const { usePack } = await import('./use-pack.ts');
  tellFetching(ports, request, `by its pack: ${why}`);
  const used = await usePack(ports, request, { connection }, use);
  return 'result' in used ? used.result : ports.otherWay(ports, request, { connection, ...used }, use);
}
