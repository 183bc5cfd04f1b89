import { TreePaths } from '../tree-paths.ts';
import { corrupt, shownName, tooLarge, unsafePath, unsupported } from './archive-errors.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { checkPath, readName, TopFolder } from './archive-path.ts';
import type { ArchiveHeader } from './archive-records.ts';
import { LinkTargets } from './link-targets.ts';
import type { LocalEntry } from './local-entry.ts';

/** The entries that went by, each at a place where it may be; links are judged when the directory has named them. */
export class ArchiveEntries {
  readonly list: LocalEntry[] = [];
  readonly #limits: ArchiveLimits;
  readonly #top: TopFolder;
  readonly #paths = new TreePaths(false);
  readonly #links: LinkTargets;
  #files = 0;
  #folders = 0;
  #namesBytes = 0;

  constructor(topFolder: 'strip' | 'none', limits: ArchiveLimits) {
    this.#limits = limits;
    this.#top = new TopFolder(topFolder);
    this.#links = new LinkTargets(limits.maxKeptBytes);
  }

  get topFolder(): string | undefined {
    return this.#top.name;
  }

  /** Throws `artifact/unsafe-path`, `artifact/archive-top-folder`, `-too-large`, `-unsupported`. */
  place(header: ArchiveHeader): Pick<LocalEntry, 'name' | 'path' | 'isFolder'> {
    const { maxNameBytes, maxNamesBytes, maxEntries } = this.#limits;
    if (header.name.length > maxNameBytes) {
      throw tooLarge(`${shownName(header.name.toString())} has a name of more than ${maxNameBytes} bytes`);
    }
    this.#namesBytes += header.name.length;
    if (this.#namesBytes > maxNamesBytes) throw tooLarge(`its names have more than ${maxNamesBytes} bytes together`);
    const text = readName(header);
    const isFolder = text.endsWith('/');
    const name = isFolder ? text.slice(0, -1) : text;
    checkPath(name);
    const path = this.#top.strip(name, isFolder);
    const count = isFolder ? ++this.#folders : ++this.#files;
    if (!isFolder) this.#paths.add(path);
    else if (path !== '') this.#paths.addFolder(path);
    if (count > maxEntries || this.#paths.folderCount > maxEntries) {
      throw tooLarge(`at ${shownName(name)} it has more than ${maxEntries} ${isFolder ? 'folders' : 'files'}`);
    }
    return { name, path, isFolder };
  }

  considerLink(archiveOffset: number, content: Uint8Array): void {
    this.#links.consider(archiveOffset, content);
  }

  add(entry: LocalEntry): void {
    if (entry.isFolder && entry.content.size > 0) throw corrupt(shownName(entry.name), 'is a folder and has a content');
    this.list.push(entry);
  }

  /** To be called when every kind is known. Throws `artifact/symlink-escapes`, `artifact/archive-unsupported`. */
  checkLinks(): void {
    for (const { name, path, kind, archiveOffset } of this.list) {
      if (kind !== 'symlink') continue;
      const target = this.#links.target(archiveOffset);
      if (target === undefined) {
        throw unsupported(
          shownName(name),
          'is a link whose target is empty, too long, not a plain text, or one of too many',
        );
      }
      // Windows takes both for the way out.
      if (target.includes('\\') || /^[a-z]:/i.test(target)) throw unsafePath(name, `links to ${shownName(target)}`);
      this.#paths.addLink(path, target);
    }
    this.#paths.finish();
  }
}
