import { PackError } from '../errors.ts';
import type { Transport } from '../transport/transport.ts';
import { DELIMITER, FLUSH, PacketReader, packet } from './packet-reader.ts';

export type ObjectFormat = 'sha1' | 'sha256';

/** A server that has said what it can do. */
export interface Session {
  readonly transport: Transport;
  readonly objectFormat: ObjectFormat;
  /** Whether `fetch` takes `filter`. */
  readonly canFilter: boolean;
  /** What goes along with every command; a server refuses what it has not offered. */
  readonly spoken: readonly string[];
}

/**
 * Of a list of refs or a page to sign in, the first four characters may even be a length; and to some servers only the system's
 * `ssh` finds a way.
 */
const UNSUPPORTED = ['pack/protocol-broken', 'pack/truncated', 'pack/transport-unsupported'];
/** Servers have about ten. */
const MAX_CAPABILITIES = 100;

/**
 * Asks the server for its capabilities; `unsupported` where it does not speak version 2, cannot fetch without history, or
 * is no smart server at all: git may still know a way. Throws what the transport throws, and `pack/server-refused`.
 * https://git-scm.com/docs/protocol-v2#_capability_advertisement
 */
export async function openSession(transport: Transport): Promise<Session | 'unsupported'> {
  let reader: PacketReader | undefined;
  try {
    reader = new PacketReader(await transport.advertise());
    const capabilities = await readCapabilities(reader);
    if (capabilities === undefined) return 'unsupported';
    await reader.finish();
    reader = undefined;
    return toSession(transport, capabilities);
  } catch (error) {
    if (error instanceof PackError && UNSUPPORTED.includes(error.code)) return 'unsupported';
    throw error;
  } finally {
    reader?.abandon();
  }
}

async function readCapabilities(reader: PacketReader): Promise<Map<string, string> | undefined> {
  let version = await reader.nextLine();
  if (version?.startsWith('# service=')) {
    // Over HTTP, the service's name comes first, as a section of its own.
    await reader.nextLine();
    version = await reader.nextLine();
  }
  if (version !== 'version 2') return undefined;
  const capabilities = new Map<string, string>();
  for (let line = await reader.nextLine(); line !== undefined; line = await reader.nextLine()) {
    const [name = '', value = ''] = line.split(/=(.*)/s);
    capabilities.set(name, value);
    if (capabilities.size > MAX_CAPABILITIES) return undefined;
  }
  return capabilities;
}

function toSession(transport: Transport, capabilities: ReadonlyMap<string, string>): Session | 'unsupported' {
  const objectFormat = capabilities.get('object-format') ?? 'sha1';
  const fetch = capabilities.get('fetch')?.split(' ') ?? [];
  const canList = capabilities.has('ls-refs');
  if (!canList || !fetch.includes('shallow') || !isObjectFormat(objectFormat)) return 'unsupported';
  const spoken = ['agent=gitsource', `object-format=${objectFormat}`].filter((line) =>
    capabilities.has(line.slice(0, line.indexOf('='))),
  );
  return { transport, objectFormat, canFilter: fetch.includes('filter'), spoken };
}

function isObjectFormat(text: string): text is ObjectFormat {
  return text === 'sha1' || text === 'sha256';
}

/** Sends a command and begins to read its answer. Arguments are one packet each. */
export async function startCommand(
  { transport, spoken }: Session,
  command: 'ls-refs' | 'fetch',
  args: readonly string[],
): Promise<PacketReader> {
  const lines = (texts: readonly string[]) => texts.map((text) => packet(`${text}\n`)).join('');
  const head = lines([`command=${command}`, ...spoken]);
  return new PacketReader(await transport.request(`${head}${DELIMITER}${lines(args)}${FLUSH}`));
}
