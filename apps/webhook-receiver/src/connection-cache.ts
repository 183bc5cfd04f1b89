import { type ConnectionVersions, RuntimeError } from '@gitsource/runtime';
import type { Connections } from './ports.ts';

/** A rotated secret is picked up within this time even if nothing fails. */
export const MAX_AGE_MS = 60_000;
/** A failed verification reads the secret again, but no sender can make us read it more often than this. */
export const MIN_AGE_MS = 1000;
/** Names that strangers make up must not fill the memory. */
const MAX_ENTRIES = 1000;

interface Entry {
  readonly readAtMs: number;
  readonly connection: Promise<ConnectionVersions | undefined>;
}

/** Remembers connections by name, those that do not exist too; a name is read once however many ask for it at a time. */
export function createConnectionCache(
  read: (name: string) => Promise<ConnectionVersions>,
  now: () => number,
): Connections {
  const entries = new Map<string, Entry>();

  function load(name: string): Promise<ConnectionVersions | undefined> {
    const entry = { readAtMs: now(), connection: readOrMissing(read, name) };
    entries.delete(name);
    entries.set(name, entry);
    const [oldest] = entries.keys();
    if (entries.size > MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
    entry.connection.catch(() => {
      // What could not be read is not remembered; whoever asked gets the error.
      if (entries.get(name) === entry) entries.delete(name);
    });
    return entry.connection;
  }

  return {
    find(name) {
      const entry = entries.get(name);
      return entry === undefined || now() - entry.readAtMs >= MAX_AGE_MS ? load(name) : entry.connection;
    },
    async refresh(name) {
      const entry = entries.get(name);
      const isFresh = entry !== undefined && now() - entry.readAtMs < MIN_AGE_MS;
      return isFresh ? undefined : load(name);
    },
  };
}

async function readOrMissing(
  read: (name: string) => Promise<ConnectionVersions>,
  name: string,
): Promise<ConnectionVersions | undefined> {
  try {
    return await read(name);
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'runtime/secret-missing') return undefined;
    throw error;
  }
}
