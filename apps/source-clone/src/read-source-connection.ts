import { type Connection, readConnection } from '@gitsource/runtime';
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
