import { protocolBroken } from '../errors.ts';
import { type Session, startCommand } from './open-session.ts';
import { type PacketReader, serverRefused } from './packet-reader.ts';

export interface FetchPackOptions {
  /** `blob:none`, where the session can filter. https://git-scm.com/docs/git-rev-list#Documentation/git-rev-list.txt---filterltfilter-specgt */
  readonly filter?: string | undefined;
  /** How many generations of commits. `all` also where no commits are wanted. Default 1: without the history. */
  readonly depth?: number | 'all' | undefined;
  /** Commits that are here. The pack is thin then: a delta's base may be among their objects. */
  readonly haves?: readonly HaveCommit[] | undefined;
}

/** A commit whose whole tree is here. */
export interface HaveCommit {
  readonly sha: string;
  /** Its parents are not here. */
  readonly isShallow: boolean;
}

/** The bands of a packet. https://git-scm.com/docs/protocol-v2#_fetch */
const PACK = 1;
const PROGRESS = 2;
const FATAL = 3;

/**
 * The pack of what is wanted, piece by piece while it arrives, as the server packed it: it is not thin unless `haves` are
 * named, so every base of a delta is in it. Asks when it is first read. Throws `pack/server-refused`, `pack/protocol-broken`,
 * `pack/truncated`.
 */
export async function* fetchPack(
  session: Session,
  wanted: string | readonly string[],
  options: FetchPackOptions = {},
): AsyncGenerator<Buffer> {
  const reader = await startCommand(session, 'fetch', fetchArguments([wanted].flat(), options));
  let isRead = false;
  try {
    yield* readPack(reader);
    await reader.finish();
    isRead = true;
  } finally {
    if (!isRead) reader.abandon();
  }
}

function fetchArguments(wanted: readonly string[], { filter, depth = 1, haves = [] }: FetchPackOptions): string[] {
  return [
    'ofs-delta',
    'no-progress',
    ...(haves.length > 0 ? ['thin-pack'] : []),
    ...(filter === undefined ? [] : [`filter ${filter}`]),
    ...wanted.map((id) => `want ${id}`),
    ...haves.filter(({ isShallow }) => isShallow).map(({ sha }) => `shallow ${sha}`),
    ...(depth === 'all' ? [] : [`deepen ${depth}`]),
    ...haves.map(({ sha }) => `have ${sha}`),
    // Nothing is negotiated: what the server does not know of them, it passes over.
    'done',
  ];
}

/** The pack of an answer, from where its sections begin. */
export async function* readPack(reader: PacketReader): AsyncGenerator<Buffer> {
  await skipToPack(reader);
  yield* demultiplex(reader);
}

/** Before the pack, the server may say where the history is cut. */
async function skipToPack(reader: PacketReader): Promise<void> {
  for (let section = await reader.nextLine(); section !== 'packfile'; section = await reader.nextLine()) {
    if (section !== 'shallow-info' && section !== 'acknowledgments') {
      throw protocolBroken(
        section === undefined ? 'it sends no pack' : `a section ${JSON.stringify(section.slice(0, 100))}`,
      );
    }
    while ((await reader.nextLine()) !== undefined);
  }
}

/** Gives the pack as it comes: joined to whole packets, all of it would be copied once more. */
async function* demultiplex(reader: PacketReader): AsyncGenerator<Buffer> {
  for (;;) {
    const length = await reader.nextLength();
    if (length === 'flush') return;
    if (typeof length === 'string') throw protocolBroken(`a ${length} packet within the pack`);
    const [band] = await reader.take(Math.min(length, 1));
    if (band === PACK) {
      for (let left = length - 1; left > 0; ) {
        const piece = await reader.takeSome(left);
        left -= piece.length;
        yield piece;
      }
      continue;
    }
    const rest = await reader.take(Math.max(length - 1, 0));
    if (band === FATAL) throw serverRefused(rest.toString('utf8'));
    if (band !== PROGRESS) throw protocolBroken('a packet of no band within the pack');
  }
}
