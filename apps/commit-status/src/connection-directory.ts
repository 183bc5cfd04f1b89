import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import type { Status } from '@gitsource/providers/statuses';
import { type Connection, RuntimeError, readConnection } from '@gitsource/runtime';
import { awsCallError } from './errors.ts';
import { findConnection } from './find-connection.ts';
import type { Ports } from './ports.ts';
import type { SourceRepository } from './source-repository.ts';

/** Never more often, however many repositories are unknown or tokens refused. */
const MIN_AGE_MS = 60_000;
/** After this, what has changed about a connection counts for all. */
const MAX_AGE_MS = 600_000;
const MAX_PAGES = 20;

/** A connection, and how its provider shows statuses. */
export interface StatusConnection {
  readonly connection: Connection;
  readonly status: Status;
}

/** The connections in the account, by what they serve. */
export interface ConnectionDirectory {
  /** Throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`, `runtime/secret-unavailable`. */
  find(repository: SourceRepository): Promise<StatusConnection | undefined>;
  /** The same connection by its present secret, for a token that is refused; `undefined` where nothing newer can be known yet. */
  renew(connection: Connection): Promise<StatusConnection | undefined>;
}

interface Entry {
  readonly name: string;
  readonly versionId: string;
  /** Absent where there is no connection in it, or no status can be shown with it. */
  readonly shower?: StatusConnection | undefined;
}

/** Reads the secrets whose names begin with `prefix`: their list at most once a minute, a value only when it is new. */
export function createConnectionDirectory(
  ports: Pick<Ports, 'findStatus' | 'log' | 'now' | 'secretsManager'>,
  prefix: string,
): ConnectionDirectory {
  let entries: readonly Entry[] = [];
  let readAtMs = Number.NEGATIVE_INFINITY;
  /** Repositories whose connections were told to be ambiguous, since they were read. */
  const told = new Set<string>();

  async function refresh(minAgeMs: number): Promise<void> {
    if (ports.now() - readAtMs < minAgeMs) return;
    const startedAtMs = ports.now();
    const known = new Map(entries.map((entry) => [`${entry.name} ${entry.versionId}`, entry]));
    const listed = await listSecrets(ports, prefix);
    entries = await Promise.all(
      listed.map(async ({ name, versionId }) => {
        const kept = known.get(`${name} ${versionId}`);
        return kept ?? { name, versionId, shower: await readValue(ports, name) };
      }),
    );
    readAtMs = startedAtMs;
    told.clear();
  }

  const lookUp = (repository: SourceRepository) => {
    const showers = entries.flatMap(({ shower }) => shower ?? []);
    const found = findConnection(
      showers.map(({ connection }) => connection),
      repository,
    );
    if (found !== undefined && found.equals.length > 0 && !told.has(repository.path)) {
      told.add(repository.path);
      const names = [found.connection, ...found.equals].map(({ name }) => name);
      ports.log.warn('several connections serve a repository alike; the first is used', {
        repository: repository.path,
        connections: names,
      });
    }
    return showers.find(({ connection }) => connection === found?.connection);
  };

  return {
    async find(repository) {
      await refresh(MAX_AGE_MS);
      const found = lookUp(repository);
      if (found !== undefined) return found;
      await refresh(MIN_AGE_MS);
      return lookUp(repository);
    },
    async renew(connection) {
      if (ports.now() - readAtMs < MIN_AGE_MS) return undefined;
      // The list may be minutes behind; a secret's own value is not.
      entries = entries.filter(({ name }) => name !== connection.name);
      await refresh(MIN_AGE_MS);
      return entries.find(({ name }) => name === connection.name)?.shower;
    },
  };
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html */
async function listSecrets(
  { secretsManager }: Pick<Ports, 'secretsManager'>,
  prefix: string,
): Promise<{ readonly name: string; readonly versionId: string }[]> {
  const found: { name: string; versionId: string }[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const command = new ListSecretsCommand({ Filters: [{ Key: 'name', Values: [prefix] }], NextToken });
    const answer = await secretsManager.send(command).catch((error: unknown) => {
      throw awsCallError('secretsmanager:ListSecrets', `the secrets ${prefix}*`, error);
    });
    for (const { Name: name = '', SecretVersionsToStages: versions = {} } of answer.SecretList ?? []) {
      const versionId = Object.entries(versions).find(([, stages]) => stages.includes('AWSCURRENT'))?.[0] ?? '';
      if (name.startsWith(prefix)) found.push({ name, versionId });
    }
    NextToken = answer.NextToken;
    if (NextToken === undefined) break;
  }
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** A secret that is no connection, that may not be read, or whose provider shows no statuses is none of those that count here. */
async function readValue(
  { findStatus, log, secretsManager }: Pick<Ports, 'findStatus' | 'log' | 'secretsManager'>,
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
