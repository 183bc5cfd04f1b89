import {
  type NewestContent,
  type NewestOutcome,
  uploadArtifact,
  uploadNewest,
  writeSourceMetadata,
} from '@gitsource/artifact';
import { reRootArchive } from '@gitsource/artifact/archives';
import { type GitEvent, objectKeyOf } from '@gitsource/events';
import { type Connection, isAllowedRepository, matchHost, readConnection } from '@gitsource/runtime';
import type { Config } from './config.ts';
import { ArchiveDownloadError } from './errors.ts';
import type { DownloadedArchive, Ports } from './ports.ts';

/**
 * Brings the zip of a ref's newest commit into the bucket, streamed from the provider. An event is a hint that the ref
 * changed: what it holds now is what is kept, so that events may come late, twice and in any order.
 * Throws what its parts throw, all coded.
 */
export async function downloadArchive(
  ports: Ports,
  config: Config,
  event: GitEvent,
  signal: AbortSignal,
): Promise<NewestOutcome> {
  const connection = await readConnection(ports.secretsManager, config.connectionSecret);
  assertServed(connection, event);
  const archive = await ports.findArchive(connection.provider);
  if (archive === undefined) {
    throw new ArchiveDownloadError(
      'archive-download/provider-without-archive',
      `The provider ${JSON.stringify(connection.provider)} of the connection ${connection.name} has no archives to download. Use git pull for it, or correct "provider" in the secret.`,
    );
  }
  const key = objectKeyOf(event);
  const target = { s3: ports.s3, bucket: config.outputBucket, key };
  return uploadNewest(target, async (keep) => {
    const newest = await readRef({ ports, config, event, key, connection, archive, signal });
    return newest && keep(newest);
  });
}

interface Download {
  readonly ports: Ports;
  readonly config: Config;
  readonly event: GitEvent;
  readonly key: string;
  readonly connection: Connection;
  readonly archive: DownloadedArchive;
  readonly signal: AbortSignal;
}

async function readRef({ ports, config, key, ...download }: Download): Promise<NewestContent | undefined> {
  const { archive, connection, event, signal } = download;
  const repositoryPath = event.repository.path;
  const commit = await archive.resolveRef({ connection, repositoryPath, ref: event.ref, signal });
  if (commit === undefined) return undefined;
  return {
    commit,
    upload: async (condition) => {
      const { body, topFolder } = await archive.open({ connection, repositoryPath, commit, signal });
      return uploadArtifact({
        client: ports.s3,
        bucket: config.outputBucket,
        key,
        encryptionKeyId: 'bucket-default',
        // The function has the time of half a core: a thread would only take from it.
        body: reRootArchive(body, { topFolder, commit, threads: 0 }),
        metadata: writeSourceMetadata({
          commit,
          ref: event.ref,
          repository: repositoryPath,
          host: event.repository.host,
          delivery: event.deliveryId,
        }),
        condition,
        signal,
      });
    },
  };
}

/** The receiver has verified the delivery by a connection; this one is asked with credentials, and they serve only theirs. */
function assertServed(connection: Connection, { repository }: GitEvent): void {
  const { host } = connection;
  const isOfHost = host === undefined || matchHost(host, { host: repository.host });
  if (isOfHost && isAllowedRepository(connection, repository.path)) return;
  throw new ArchiveDownloadError(
    'archive-download/repository-not-served',
    `The connection ${connection.name} does not serve ${repository.path} on ${repository.host}. Correct its "host" or "allowedRepositories", or register the webhook of the right repository.`,
  );
}
