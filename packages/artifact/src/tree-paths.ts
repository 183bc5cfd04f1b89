import { posix } from 'node:path';
import { ArtifactError } from './errors.ts';

/**
 * Linux opens no longer path. A zip could have sixteen times as much, but from 16,384 characters on, V8 takes all texts of one
 * length for the same until it has compared them: some thousand files would take hours.
 */
const MAX_NAME_BYTES = 4096;
/** Of all paths, which are in memory, and once more in the zip's directory. */
const MAX_ALL_NAMES_BYTES = 256 * 1024 * 1024;

/** Path segments looked at for all links with `..` in them, about a second's work; a hostile tree could need hours. */
const MAX_LINK_SEGMENTS = 50_000_000;

const NO_NAME = 'contains an empty, "." or ".." segment';
const TWICE = 'occurs twice';

/**
 * The paths of one artifact, checked as they come: none may leave the folder it is unpacked into, hide another, or
 * lead through a link. A backslash is an ordinary character of a Git path, and stays one.
 */
export class TreePaths {
  readonly #leaves = new Set<string>();
  readonly #folders = new Set<string>();
  readonly #links = new Map<string, string>();
  readonly #allowGitFolder: boolean;
  readonly #maxAllNamesBytes: number;
  #linkSegments = 0;
  #nameBytes = 0;

  constructor(allowGitFolder: boolean, maxAllNamesBytes = MAX_ALL_NAMES_BYTES) {
    this.#allowGitFolder = allowGitFolder;
    this.#maxAllNamesBytes = maxAllNamesBytes;
  }

  /** The name's bytes. Throws `artifact/unsafe-path`. */
  add(path: string): Buffer {
    const name = Buffer.from(path, 'utf8');
    const reason = this.#refusal(path, name);
    if (reason !== undefined) {
      throw new ArtifactError(
        'artifact/unsafe-path',
        `The tree's path ${JSON.stringify(path.slice(0, 500))} ${reason}. Rename or remove it in the repository.`,
        { fault: 'failed' },
      );
    }
    this.#leaves.add(path);
    for (
      let folder = posix.dirname(path);
      folder !== '.' && !this.#folders.has(folder);
      folder = posix.dirname(folder)
    ) {
      this.#folders.add(folder);
    }
    return name;
  }

  /** How many folders the paths so far lie in. */
  get folderCount(): number {
    return this.#folders.size;
  }

  /** A folder that may be empty. Throws `artifact/unsafe-path` where it is, or lies below, something else. */
  addFolder(path: string): void {
    if (this.#folders.has(path)) return;
    this.add(path);
    this.#leaves.delete(path);
    this.#folders.add(path);
  }

  /** Throws `artifact/symlink-escapes` for a target that is absolute or lies above the tree. */
  addLink(path: string, target: string): void {
    const resolved = posix.normalize(posix.join(posix.dirname(path), target));
    if (target.startsWith('/') || resolved === '..' || resolved.startsWith('../')) throw escapes(path, target);
    this.#links.set(path, target);
  }

  /** To be called when every link is known: a `..` behind a link goes up from where the link leads. */
  finish(): void {
    for (const [path, target] of this.#links) {
      if (target.includes('..') && this.#leadsOut(path, target)) throw escapes(path, target);
    }
  }

  #leadsOut(path: string, target: string): boolean {
    const place = path.split('/').slice(0, -1);
    const ahead = target.split('/');
    // As many links as Linux follows; a longer chain can be unpacked, and not be opened.
    for (let followed = 0; ahead.length > 0 && followed < 40; ) {
      const step = ahead.shift() ?? '';
      this.#linkSegments += place.length + 1;
      if (this.#linkSegments > MAX_LINK_SEGMENTS) return true;
      if (step === '' || step === '.') continue;
      if (step === '..') {
        if (place.pop() === undefined) return true;
        continue;
      }
      const link = this.#links.get([...place, step].join('/'));
      if (link === undefined) place.push(step);
      else {
        followed += 1;
        ahead.unshift(...link.split('/'));
      }
    }
    return false;
  }

  #refusal(path: string, name: Buffer): string | undefined {
    if (path === '' || name.length > MAX_NAME_BYTES) return `is empty or longer than ${MAX_NAME_BYTES} bytes`;
    this.#nameBytes += name.length;
    if (this.#nameBytes > this.#maxAllNamesBytes)
      return `and those before it have more than ${this.#maxAllNamesBytes} bytes`;
    if (path.startsWith('/')) return 'is absolute';
    if (path.includes('\0')) return 'contains a NUL character';
    const slash = path.lastIndexOf('/');
    if (slash > 0 && this.#folders.has(path.slice(0, slash))) return this.#nameRefusal(path, path.slice(slash + 1));
    const segments = path.split('/');
    if (segments.some(isNoName)) return NO_NAME;
    if (!this.#allowGitFolder && segments[0]?.toLowerCase() === '.git') return 'belongs to the .git folder';
    if (this.#isTaken(path)) return TWICE;
    for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) {
      if (this.#folders.has(folder)) return undefined;
      if (this.#leaves.has(folder)) return `lies below ${JSON.stringify(folder)}, which is not a folder`;
    }
    return undefined;
  }

  /** In a folder that was looked at before, as most paths are. */
  #nameRefusal(path: string, name: string): string | undefined {
    if (isNoName(name)) return NO_NAME;
    return this.#isTaken(path) ? TWICE : undefined;
  }

  #isTaken(path: string): boolean {
    return this.#leaves.has(path) || this.#folders.has(path);
  }
}

function isNoName(segment: string): boolean {
  return segment === '' || segment === '.' || segment === '..';
}

function escapes(path: string, target: string): ArtifactError {
  return new ArtifactError(
    'artifact/symlink-escapes',
    `The symbolic link ${JSON.stringify(path)} points to ${JSON.stringify(target)}, outside the repository. ` +
      'Make it point into the repository, or remove it.',
    { fault: 'failed' },
  );
}
