import { CodedError } from '@gitsource/events';
import type { StatusRequest } from '@gitsource/providers/statuses';
import type { Connection } from '@gitsource/runtime';
import type { ConnectionDirectory } from './connection-directory.ts';
import type { Ports } from './ports.ts';
import type { WantedStatus } from './wanted-status.ts';

/**
 * Publishes one status, with the connection that serves the repository now; a token that is refused is read again, once.
 * Throws `providers/*`, `runtime/api-*`, and what the directory throws.
 */
export async function publishStatus(
  ports: Ports,
  directory: ConnectionDirectory,
  wanted: WantedStatus,
  signal: AbortSignal,
): Promise<void> {
  const { commit, context, executionId, state } = wanted;
  const { repository, sha } = commit;
  const found = await directory.find(repository);
  // It was there when the truth was read; whoever took it away since wants nothing to be shown.
  if (found === undefined) return;
  const { connection, status } = found;
  const fields = { executionId, repository: repository.path, sha, state, context, connection: connection.name };
  const outcome = await status.publish(requestOf(wanted, connection, signal)).catch(async (error: unknown) => {
    const renewed = isRefused(error) ? await directory.renew(connection) : undefined;
    if (renewed === undefined) throw error;
    return renewed.status.publish(requestOf(wanted, renewed.connection, signal));
  });
  const write = outcome === 'full' ? ports.log.warn : ports.log.info;
  write('status shown', { ...fields, outcome });
}

function requestOf(wanted: WantedStatus, connection: Connection, signal: AbortSignal): StatusRequest {
  const { commit, context, description, state, targetUrl } = wanted;
  const { ref, repository, sha } = commit;
  return { connection, repositoryPath: repository.path, sha, state, context, description, targetUrl, ref, signal };
}

function isRefused(error: unknown): boolean {
  return error instanceof CodedError && error.code === 'providers/unauthorized';
}
