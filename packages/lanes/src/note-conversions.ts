import { buffer } from 'node:stream/consumers';
import { inflateRawSync } from 'node:zlib';
import type { PackedEntry, TreeEntry } from '@gitsource/events';
import { conversionsOf } from './checkout-conversions.ts';
import type { StepLog } from './step-log.ts';

type Entry = Pick<TreeEntry, 'path' | 'kind' | 'size'>;
/** An entry to hand on, and its content. */
type Peeked<E> = { readonly entry: E; readonly content: Buffer };

const ATTRIBUTES = /(?:^|\/)\.gitattributes$/;
/** Nobody writes so many rules; the content is held in memory. */
const MAX_ATTRIBUTES_BYTES = 1024 * 1024;
const MAX_SHOWN = 5;

/**
 * Hands on git's entries, and says in the end what a checkout would have changed and the artifact has as committed, but for
 * what was `applied` already: `filter=lfs`.
 */
export function noteTreeConversions(
  entries: AsyncIterable<TreeEntry>,
  log: StepLog,
  applied: readonly string[],
): AsyncGenerator<TreeEntry> {
  return noted(entries, log, applied, async (entry) => {
    const content = await buffer(entry.content());
    return { entry: { ...entry, content: () => onePiece(content) }, content };
  });
}

/** The same of a pack's entries. */
export function notePackedConversions(entries: AsyncIterable<PackedEntry>, log: StepLog): AsyncGenerator<PackedEntry> {
  return noted(entries, log, [], async (entry) => ({ entry, content: packedContent(entry) }));
}

async function* noted<E extends Entry>(
  entries: AsyncIterable<E>,
  log: StepLog,
  applied: readonly string[],
  peek: (entry: E) => Promise<Peeked<E>>,
): AsyncGenerator<E> {
  const paths: string[] = [];
  const conversions = new Set<string>();
  for await (const given of entries) {
    // Git reads no attributes through a link.
    const isRead = given.kind !== 'symlink' && given.size <= MAX_ATTRIBUTES_BYTES && ATTRIBUTES.test(given.path);
    if (!isRead) {
      yield given;
      continue;
    }
    const { entry, content } = await peek(given);
    const found = conversionsOf(content.toString('utf8')).filter((name) => !applied.includes(name));
    if (found.length > 0) paths.push(entry.path);
    for (const conversion of found) conversions.add(conversion);
    yield entry;
  }
  if (paths.length === 0) return;
  log.line(`Files are as committed: a checkout would apply ${shown([...conversions])}, by ${shown(paths)}`);
}

async function* onePiece(content: Buffer): AsyncGenerator<Uint8Array> {
  yield content;
}

function packedContent({ body, size }: PackedEntry): Buffer {
  if (body.packing !== 'deflate') return Buffer.from(body.content());
  return inflateRawSync(Buffer.concat([...body.pieces()]), { maxOutputLength: Math.max(size, 1) });
}

function shown(words: readonly string[]): string {
  const more = words.length - MAX_SHOWN;
  return words.slice(0, MAX_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
