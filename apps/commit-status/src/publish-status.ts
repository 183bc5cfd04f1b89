import { CodedError } from '@gitsource/events';
import type { Status, StatusOutcome, StatusRequest } from '@gitsource/providers/statuses';
import type { Connection } from '@gitsource/runtime';
import type { ConnectionDirectory } from './connection-directory.ts';
import type { Ports } from './ports.ts';
import type { WantedStatus } from './wanted-status.ts';

/** Longer, and Lambda's own retry is cheaper than a function that waits. */
const MAX_WAIT_MS = 20_000;
/** Attempts while a provider limits the rate. */
const MAX_ATTEMPTS = 3;

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
  const outcome = await publish(ports, status, requestOf(wanted, connection, signal)).catch(async (error: unknown) => {
    const renewed = isRefused(error) ? await directory.renew(connection) : undefined;
    if (renewed === undefined) throw error;
    return publish(ports, renewed.status, requestOf(wanted, renewed.connection, signal));
  });
  const write = outcome === 'full' ? ports.log.warn : ports.log.info;
  write('status shown', { ...fields, outcome });
}

function requestOf(wanted: WantedStatus, connection: Connection, signal: AbortSignal): StatusRequest {
  const { commit, context, description, state, targetUrl } = wanted;
  const { ref, repository, sha } = commit;
  return { connection, repositoryPath: repository.path, sha, state, context, description, targetUrl, ref, signal };
}

/** Waits as long as the provider asks for, where that is worth it. */
async function publish(ports: Ports, status: Status, request: StatusRequest): Promise<StatusOutcome> {
  const { signal = new AbortController().signal } = request;
  for (let attempt = 1; ; attempt++) {
    try {
      return await status.publish(request);
    } catch (error) {
      const waitMs = retryAfterOf(error);
      if (waitMs === undefined || waitMs > MAX_WAIT_MS || attempt === MAX_ATTEMPTS) throw error;
      await ports.sleep(waitMs, signal);
    }
  }
}

function retryAfterOf(error: unknown): number | undefined {
  if (!(error instanceof CodedError) || error.code !== 'providers/rate-limited') return undefined;
  const ms: unknown = Reflect.get(error, 'retryAfterMs');
  return typeof ms === 'number' ? ms : undefined;
}

function isRefused(error: unknown): boolean {
  return error instanceof CodedError && error.code === 'providers/unauthorized';
}
