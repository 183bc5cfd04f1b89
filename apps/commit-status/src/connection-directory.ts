import type { Status } from '@gitsource/providers/statuses';
import { type Connection, RuntimeError, readConnection } from '@gitsource/runtime';
import { findConnection } from './find-connection.ts';
import { type ListedSecret, listSecrets } from './list-secrets.ts';
import type { Ports } from './ports.ts';
import type { SourceRepository } from './source-repository.ts';

/** Never more often, however many repositories are unknown or tokens refused. */
const MIN_AGE_MS = 60_000;
/** After this, what has changed about a connection counts for all. */
const MAX_AGE_MS = 600_000;

/** A connection, and how its provider shows statuses. */
export interface StatusConnection {
  readonly connection: Connection;
  readonly status: Status;
}

interface Entry extends ListedSecret {
  /** Absent where there is no connection in it, or no status can be shown with it. */
  readonly found: StatusConnection | undefined;
}

type DirectoryPorts = Pick<Ports, 'findStatus' | 'log' | 'now' | 'secretsManager'>;

/**
 * The connections under a prefix, by what they serve: their list is read once a minute at most, a value only when it is new.
 * All of it throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`, `runtime/secret-unavailable`.
 */
export class ConnectionDirectory {
  readonly #ports: DirectoryPorts;
  readonly #prefix: string;
  /** Repositories whose connections were told to be ambiguous, since they were read. */
  readonly #told = new Set<string>();
  #entries: readonly Entry[] = [];
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(ports: DirectoryPorts, prefix: string) {
    this.#ports = ports;
    this.#prefix = prefix;
  }

  async find(repository: SourceRepository): Promise<StatusConnection | undefined> {
    await this.#refresh(MAX_AGE_MS);
    const found = this.#lookUp(repository);
    if (found !== undefined) return found;
    await this.#refresh(MIN_AGE_MS);
    return this.#lookUp(repository);
  }

  /** The same connection by its present secret, for a token that is refused; `undefined` where nothing newer can be known yet. */
  async renew({ name }: Connection): Promise<StatusConnection | undefined> {
    if (this.#ageMs() < MIN_AGE_MS) return undefined;
    // The list may be minutes behind; a secret's own value is not.
    this.#entries = this.#entries.filter((entry) => entry.name !== name);
    await this.#refresh(MIN_AGE_MS);
    return this.#entries.find((entry) => entry.name === name)?.found;
  }

  #ageMs(): number {
    return this.#ports.now() - this.#readAtMs;
  }

  async #refresh(minAgeMs: number): Promise<void> {
    if (this.#ageMs() < minAgeMs) return;
    const startedAtMs = this.#ports.now();
    const known = new Map(this.#entries.map((entry) => [`${entry.name} ${entry.versionId}`, entry]));
    const listed = await listSecrets(this.#ports, this.#prefix);
    this.#entries = await Promise.all(
      listed.map(async (secret) => {
        const kept = known.get(`${secret.name} ${secret.versionId}`);
        return kept ?? { ...secret, found: await readStatusConnection(this.#ports, secret.name) };
      }),
    );
    this.#readAtMs = startedAtMs;
    this.#told.clear();
  }

  #lookUp(repository: SourceRepository): StatusConnection | undefined {
    const all = this.#entries.flatMap(({ found }) => found ?? []);
    const connections = all.map(({ connection }) => connection);
    const best = findConnection(connections, repository);
    if (best === undefined) return undefined;
    if (best.equals.length > 0 && !this.#told.has(repository.path)) {
      this.#told.add(repository.path);
      this.#ports.log.warn('several connections serve a repository alike; the first is used', {
        repository: repository.path,
        connections: [best.connection, ...best.equals].map(({ name }) => name),
      });
    }
    return all.find(({ connection }) => connection === best.connection);
  }
}

/** A secret that is no connection, that may not be read, or whose provider shows no statuses is none of those that count here. */
async function readStatusConnection(
  { findStatus, log, secretsManager }: DirectoryPorts,
  name: string,
): Promise<StatusConnection | undefined> {
  try {
    const connection = await readConnection(secretsManager, name);
    const status = await findStatus(connection.provider);
    return status && { connection, status };
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.retryable) throw error;
    log.warn('secret is left out: no connection can be read from it', { secret: name, error });
    return undefined;
  }
}
