import type { CommitSha } from '@gitsource/events';
import { protocolBroken } from '../errors.ts';
import { type Session, startCommand } from './open-session.ts';
import { type PacketReader, serverRefused } from './packet-reader.ts';

export interface FetchPackOptions {
  /** `blob:none`, where the session can filter. https://git-scm.com/docs/git-rev-list#Documentation/git-rev-list.txt---filterltfilter-specgt */
  readonly filter?: string;
}

/** The bands of a packet. https://git-scm.com/docs/protocol-v2#_fetch */
const PACK = 1;
const PROGRESS = 2;
const FATAL = 3;

/**
 * The pack of one commit without its history, piece by piece while it arrives, as the server packed it: it is not thin, so
 * every base of a delta is in it. Throws `pack/server-refused`, `pack/protocol-broken`, `pack/truncated`.
 */
export async function* fetchPack(
  session: Session,
  wanted: CommitSha,
  { filter }: FetchPackOptions = {},
): AsyncGenerator<Buffer> {
  const args = ['ofs-delta', 'no-progress', ...(filter === undefined ? [] : [`filter ${filter}`])];
  const reader = await startCommand(session, 'fetch', [...args, `want ${wanted}`, 'deepen 1', 'done']);
  let isRead = false;
  try {
    await skipToPack(reader);
    yield* demultiplex(reader);
    await reader.finish();
    isRead = true;
  } finally {
    if (!isRead) reader.abandon();
  }
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

async function* demultiplex(reader: PacketReader): AsyncGenerator<Buffer> {
  for (;;) {
    const next = await reader.next();
    if (next === 'flush') return;
    if (typeof next === 'string') throw protocolBroken(`a ${next} packet within the pack`);
    const band = next[0];
    if (band === PACK) yield next.subarray(1);
    else if (band === FATAL) throw serverRefused(next.toString('utf8', 1));
    else if (band !== PROGRESS) throw protocolBroken('a packet of no band within the pack');
  }
}
