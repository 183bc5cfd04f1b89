import { join } from 'node:path';
import { type EventFaults, type LocalAws, type LocalAwsOptions, startLocalAws } from '@gitsource/local-aws';
import type { ClientSettings, Clients } from './clients.ts';
import { LocalError } from './errors.ts';
import { type ServedGit, serveGit } from './served-git.ts';

/** The embedded AWS, the Git servers beside it, and clients that speak to it. */
export interface Embedded {
  readonly aws: LocalAws;
  readonly git: ServedGit;
  readonly clients: Clients;
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  readonly dataFolder: string;
  readonly port: number;
  readonly createClients: (settings: ClientSettings) => Clients;
  /** How event deliveries misbehave, for tests. */
  readonly eventFaults?: EventFaults;
}

/** Starts both on loopback; what an earlier run left in `dataFolder` is resumed. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { dataFolder, port, createClients, eventFaults } = options;
  const git = await serveGit(join(dataFolder, 'git'));
  const aws = await startOnPort({
    dataFolder: join(dataFolder, 'aws'),
    port,
    connectedRepository: git.findConnected,
    ...(eventFaults !== undefined && { eventFaults }),
  }).catch(async (error: unknown) => {
    await git.close();
    throw error;
  });
  const clients = createClients({ endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials });
  return {
    aws,
    git,
    clients,
    close: async () => {
      for (const client of Object.values(clients)) client.destroy();
      await aws.close();
      await git.close();
    },
  };
}

/** Throws `local/port-taken` where another program listens. */
async function startOnPort(options: LocalAwsOptions): Promise<LocalAws> {
  try {
    return await startLocalAws(options);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new LocalError(
      'local/port-taken',
      `another program listens on port ${options.port}: end it, or choose another --port`,
      { fault: 'configuration', cause: error },
    );
  }
}
