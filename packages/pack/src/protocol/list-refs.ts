import { type CommitSha, isCommitSha } from '@gitsource/events';
import { protocolBroken, tooLarge } from '../errors.ts';
import { type Session, startCommand } from './open-session.ts';
import type { PacketReader } from './packet-reader.ts';

export interface RemoteRef {
  /** `refs/heads/main`, `HEAD`. */
  readonly name: string;
  /** What the ref holds: a commit, or the object of an annotated tag. */
  readonly sha: CommitSha;
  /** What an annotated tag stands for in the end. */
  readonly peeled?: CommitSha;
  /** The ref that a symbolic ref points at: `refs/heads/main` of `HEAD`. */
  readonly symrefTarget?: string;
}

/** About a million refs; a prefix that lets more through is not what anybody means. */
const MAX_LIST_CHARACTERS = 64 * 1024 * 1024;

/** The refs whose full names begin with one of the prefixes. Throws `pack/protocol-broken`, `pack/server-refused`. */
export async function listRefs(session: Session, prefixes: readonly string[]): Promise<RemoteRef[]> {
  const args = ['peel', 'symrefs', ...prefixes.map((prefix) => `ref-prefix ${prefix}`)];
  const reader = await startCommand(session, 'ls-refs', args);
  try {
    const refs = await readRefs(reader);
    await reader.finish();
    return refs;
  } catch (error) {
    reader.abandon();
    throw error;
  }
}

/** One ref by its full name: the server is asked for nothing else, and names that only begin so are left out. */
export async function findRef(session: Session, name: string): Promise<RemoteRef | undefined> {
  return (await listRefs(session, [name])).find((ref) => ref.name === name);
}

async function readRefs(reader: PacketReader): Promise<RemoteRef[]> {
  const refs: RemoteRef[] = [];
  let characters = 0;
  for (let line = await reader.nextLine(); line !== undefined; line = await reader.nextLine()) {
    characters += line.length;
    if (characters > MAX_LIST_CHARACTERS)
      throw tooLarge(`The server lists more than ${MAX_LIST_CHARACTERS} characters of refs`);
    refs.push(parseRef(line));
  }
  return refs;
}

/** `<sha> refs/tags/v1 peeled:<sha>`, https://git-scm.com/docs/protocol-v2#_ls_refs */
function parseRef(line: string): RemoteRef {
  const [sha = '', name = '', ...attributes] = line.split(' ');
  const peeled = attribute(attributes, 'peeled:');
  const symrefTarget = attribute(attributes, 'symref-target:');
  if (!isCommitSha(sha) || name === '' || (peeled !== undefined && !isCommitSha(peeled))) {
    throw protocolBroken(`it lists the ref ${JSON.stringify(line.slice(0, 200))}`);
  }
  return { name, sha, ...(peeled !== undefined && { peeled }), ...(symrefTarget !== undefined && { symrefTarget }) };
}

function attribute(attributes: readonly string[], name: string): string | undefined {
  return attributes.find((text) => text.startsWith(name))?.slice(name.length);
}
