import type { Commit, CommitSha } from '@gitsource/events';
import { corrupt } from '../errors.ts';
import { type ObjectId, parseObjectId } from '../objects/object-id.ts';

/** Those at the end only from where they begin: tried from each of a million, it would take minutes. */
const BLANK_ENDS = /^\n+|(?<!\n)\n+$/g;

export interface ParsedCommit {
  readonly commit: Commit;
  readonly tree: ObjectId;
}

/** Reads a commit object as `git log` shows it, in UTF-8. Throws `pack/corrupt` where it names no tree. */
export function parseCommit(sha: CommitSha, content: Buffer): ParsedCommit {
  const blank = content.indexOf('\n\n');
  const end = blank < 0 ? content.length : blank;
  // Header names are ASCII; whatever else a line holds is decoded when its encoding is known.
  const headers = content.toString('latin1', 0, end).split('\n');
  const [, tree] = /^tree ([0-9a-f]{40}|[0-9a-f]{64})$/.exec(headers[0] ?? '') ?? [];
  if (tree?.length !== sha.length) throw corrupt(`the commit ${sha} names no tree`);
  const decode = decoderOf(headerOf(headers, 'encoding '));
  const author = parsePerson(decode(headerOf(headers, 'author ')));
  const committer = parsePerson(decode(headerOf(headers, 'committer ')));
  const body = decode(content.toString('latin1', Math.min(end + 2, content.length)));
  // Git reads a C string.
  const message = (body.split('\0', 1)[0] ?? '').replace(BLANK_ENDS, '');
  const commit = {
    sha,
    message,
    subject: message.split('\n', 1)[0] ?? '',
    authorName: author.name,
    authorEmail: author.email,
    authorDate: author.date,
    committerDate: committer.date,
  };
  return { commit, tree: parseObjectId(tree) };
}

/** A commit's tree, where it is known to be a commit. */
export function parseTreeOf(content: Buffer): ObjectId {
  return parseObjectId(content.toString('latin1', TREE.length, content.indexOf('\n')));
}

/** A commit's parents: the lines behind its tree, each of the same length. */
export function parseParents(content: Buffer): ObjectId[] {
  const digits = content.indexOf('\n') - TREE.length;
  const parents: ObjectId[] = [];
  for (let at = content.indexOf('\n') + 1; content.toString('latin1', at, at + PARENT.length) === PARENT; ) {
    const start = at + PARENT.length;
    parents.push(parseObjectId(content.toString('latin1', start, start + digits)));
    at = start + digits + 1;
  }
  return parents;
}

const TREE = 'tree ';
const PARENT = 'parent ';

/** Of the first such line: continued lines begin with a space. */
function headerOf(headers: readonly string[], name: string): string {
  return headers.find((line) => line.startsWith(name))?.slice(name.length) ?? '';
}

/** From one character for each byte to text; an encoding that nobody knows is taken for UTF-8, as git does. */
function decoderOf(encoding: string): (bytes: string) => string {
  const decoder = makeDecoder(encoding === '' ? 'utf-8' : encoding) ?? new TextDecoder('utf-8', { ignoreBOM: true });
  return (bytes) => decoder.decode(Buffer.from(bytes, 'latin1'));
}

function makeDecoder(encoding: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    const decoder = new TextDecoder(encoding, { ignoreBOM: true });
    // Whoever writes that did not encode the commit by it: its headers would be none.
    return decoder.encoding.startsWith('utf-16') ? undefined : decoder;
  } catch {
    return undefined;
  }
}

interface Person {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

/**
 * `Ada Example <ada@example.com> 1769847300 +0100`. As git has it, a bracket too many does not hide the date. No part looks at the
 * text more than once: a hostile line may be megabytes long.
 */
function parsePerson(text: string): Person {
  const [, name = '', email = ''] = /^([^<]*)<([^>]*)>/.exec(text) ?? [];
  const [, seconds = '', zone = ''] = /^ ?(\d{1,12}) ([+-]\d{1,8})$/.exec(text.slice(text.lastIndexOf('>') + 1)) ?? [];
  return { name: name.trimEnd(), email, date: seconds === '' ? '' : isoDate(Number(seconds), zone) };
}

/** `2026-01-31T09:15:00+01:00`, the date where it was written. Old programs wrote zones such as `-7`, which git takes for minutes. */
function isoDate(seconds: number, zone: string): string {
  const digits = zone.slice(1).padStart(4, '0');
  const hours = String(Number(digits.slice(0, -2))).padStart(2, '0');
  const minutes = digits.slice(-2);
  const offset = (zone.startsWith('-') ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  const local = new Date((seconds + offset * 60) * 1000);
  if (Number.isNaN(local.getTime())) return '';
  return `${local.toISOString().slice(0, -5)}${zone.charAt(0)}${hours}:${minutes}`;
}
