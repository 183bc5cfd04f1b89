import { protocolBroken } from '../errors.ts';
import { readPack } from './fetch-pack.ts';
import { type Session, startCommand } from './open-session.ts';

/** `absent`: the server does not have the commit. `unrelated`: it has it, and will not say what leads from it to the newest one. */
export type NothingSince = 'absent' | 'unrelated';

/** One commit is named, so there is one line on it, and one more. */
const MAX_LINES = 4;

/**
 * Asks for what a commit leads to that another one does not, with all contents: a server gives it where the two have history in
 * common. That proves nothing by itself, as the other one's parents count too: the pack does, which has a child of that
 * commit if there is one. Throws what `fetchPack` throws, and what `use` throws.
 * https://git-scm.com/docs/protocol-v2#_fetch
 */
export async function fetchSince<T>(
  session: Session,
  tip: string,
  commit: string,
  use: (pack: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T | NothingSince> {
  const reader = await startCommand(session, 'fetch', ['ofs-delta', 'no-progress', `want ${tip}`, `have ${commit}`]);
  let isRead = false;
  try {
    if ((await reader.nextLine()) !== 'acknowledgments') throw protocolBroken('it acknowledges nothing');
    const lines: string[] = [];
    for (let line = await reader.nextLine(); line !== undefined; line = await reader.nextLine()) {
      lines.push(line);
      if (lines.length > MAX_LINES) throw protocolBroken('it acknowledges more than was said');
    }
    const result = lines.includes('ready') ? await use(readPack(reader)) : undefined;
    await reader.finish();
    isRead = true;
    return result ?? (lines.includes('NAK') ? 'absent' : 'unrelated');
  } finally {
    if (!isRead) reader.abandon();
  }
}
