import { crc32 } from 'node:zlib';
import { ArtifactError } from '../errors.ts';
import { shownName, unsafePath, unsupported } from './archive-errors.ts';
import { type ArchiveHeader, FLAG_UTF8 } from './archive-records.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * An entry's name as text. UTF-8 with or without the flag, since writers forget it; 4.6.9's Unicode path where there
 * is no flag. A name in another character set (CP437 by the specification) throws `artifact/archive-unsupported`:
 * which one it is cannot be known.
 */
export function readName(header: ArchiveHeader): string {
  const { name, unicodePath } = header;
  const replaced = (header.flags & FLAG_UTF8) === 0 && unicodePath?.nameCrc === crc32(name);
  try {
    return UTF8.decode(replaced ? unicodePath?.path : name);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw unsupported(shownName(name.toString('latin1')), 'has a name that is not UTF-8');
  }
}

const GIT_FOLDER = /^(?:\.git|git~1)[ .]*(?:[:\\].*)?$/i;
const UNSEEN = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Whether file systems take a segment of a path for `.git`, as git itself sees it: NTFS drops trailing dots, spaces and streams and
 * has short names, HFS+ drops what cannot be seen, and Windows takes a backslash for a slash.
 */
export function isGitFolder(segment: string): boolean {
  return GIT_FOLDER.test(segment.replace(UNSEEN, ''));
}

/** Throws `artifact/unsafe-path` for a name that can do harm on any system that unpacks it; `name` has no last slash. */
export function checkPath(name: string): void {
  const reason = refusal(name);
  if (reason !== undefined) throw unsafePath(name, reason);
}

function refusal(name: string): string | undefined {
  if (name.startsWith('/')) return 'is absolute';
  if (name.includes('\\')) return 'contains a backslash, which Windows takes for a folder';
  if (/^[a-z]:/i.test(name)) return 'begins with a drive letter';
  if (/\p{Cc}/u.test(name)) return 'contains a control character';
  for (const segment of name.split('/')) {
    if (segment === '' || segment === '.' || segment === '..') return 'contains an empty, "." or ".." segment';
    if (isGitFolder(segment)) return 'belongs to a .git folder';
  }
  return undefined;
}

/** Takes off the one folder that a provider puts around the tree; which one it is the first entry tells. */
export class TopFolder {
  name: string | undefined;
  readonly #isStripped: boolean;

  constructor(mode: 'strip' | 'none') {
    this.#isStripped = mode === 'strip';
  }

  /** The path below the top folder; empty for the folder itself. Throws `artifact/archive-top-folder`. */
  strip(path: string, isFolder: boolean): string {
    if (!this.#isStripped) return path;
    const slash = path.indexOf('/');
    const top = slash < 0 ? path : path.slice(0, slash);
    if (slash < 0 && !isFolder) throw notInTopFolder(path, 'lies beside the top folder');
    this.name ??= top;
    if (this.name !== top) throw notInTopFolder(path, `lies outside the top folder ${shownName(this.name)}`);
    const rest = slash < 0 ? '' : path.slice(slash + 1);
    if (/^[a-z]:/i.test(rest)) throw unsafePath(path, 'begins with a drive letter');
    return rest;
  }
}

function notInTopFolder(path: string, reason: string): ArtifactError {
  return new ArtifactError(
    'artifact/archive-top-folder',
    `The archive's entry ${shownName(path)} ${reason}, and exactly one top folder is to be taken off. ` +
      "Correct the provider's archive settings: this one packs without a folder of its own.",
    { fault: 'failed' },
  );
}
