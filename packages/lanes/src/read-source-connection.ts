import type { GitUrl } from '@gitsource/events';
import { assertConnectionServes, type Connection, readConnection } from '@gitsource/runtime';
import type { Ports } from './ports.ts';

/** Reads the connection that a request names; `undefined` where it names none: the server is asked as anybody. */
export async function readSourceConnection(
  { log, secretsManager }: Pick<Ports, 'log' | 'secretsManager'>,
  secret: string | undefined,
): Promise<Connection | undefined> {
  if (secret === undefined) return undefined;
  return log.step(
    () => readConnection(secretsManager, secret),
    () => `Read the connection ${secret}`,
  );
}

export interface ServedRepository {
  readonly credentialsSecret?: string;
  readonly gitUrl: GitUrl;
  /** What the connection has to allow, if not the path of `gitUrl`. */
  readonly repositoryPath?: string;
}

/** The same, for fetching from a URL that it has to serve. Throws `runtime/connection-*` where it does not. */
export async function readGitConnection(
  ports: Pick<Ports, 'log' | 'secretsManager'>,
  { credentialsSecret, gitUrl, repositoryPath }: ServedRepository,
): Promise<Connection | undefined> {
  const connection = await readSourceConnection(ports, credentialsSecret);
  if (connection !== undefined) assertConnectionServes(connection, gitUrl, repositoryPath);
  return connection;
}
