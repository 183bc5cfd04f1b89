import { AttributeStack, type StackedFolder } from './attribute-stack.ts';
import { type AttributeLine, parseAttributes } from './parse-attributes.ts';

export const ATTRIBUTES_NAME = '.gitattributes';

/** A folder of a tree, as far as its attributes are concerned. */
export interface Folder {
  /** `''`, or `src/`. */
  readonly prefix: string;
  readonly above: Folder | undefined;
  /** Of its own `.gitattributes`. */
  lines: readonly AttributeLine[];
  /** Whether its `.gitattributes` was read, or cannot come any more. */
  isKnown: boolean;
  /** It was read before the walk, and may come nevertheless. */
  readonly isGiven: boolean;
}

/** The contents of `.gitattributes` files, by path. */
export type GivenAttributes = ReadonlyMap<string, Uint8Array>;

/** The folders that a tree's paths lead through, in the order of `git ls-tree -r`. */
export class OpenFolders {
  readonly #matters: StackedFolder['matters'];
  readonly #stacks = new WeakMap<Folder, AttributeStack | 'none'>();
  readonly #given: GivenAttributes;
  #innermost: Folder;

  constructor(matters: StackedFolder['matters'], given: GivenAttributes = new Map()) {
    this.#matters = matters;
    this.#given = given;
    this.#innermost = this.#open('', undefined);
  }

  /** Goes to the folder that a path is in. */
  enter(path: string): Folder {
    let folder = this.#innermost;
    for (let { above } = folder; above !== undefined && !path.startsWith(folder.prefix); { above } = folder) {
      folder.isKnown = true;
      folder = above;
    }
    let start = folder.prefix.length;
    for (let slash = path.indexOf('/', start); slash >= 0; slash = path.indexOf('/', start)) {
      pass(folder, path.slice(start, slash + 1));
      start = slash + 1;
      folder = this.#open(path.slice(0, start), folder);
    }
    if (!folder.isKnown) pass(folder, path.slice(start));
    this.#innermost = folder;
    return folder;
  }

  /** Nothing comes any more. */
  leave(): void {
    for (let folder: Folder | undefined = this.#innermost; folder !== undefined; folder = folder.above)
      folder.isKnown = true;
  }

  /** The content of the folder's `.gitattributes`. */
  read(folder: Folder, content: Uint8Array): void {
    folder.lines = linesOf(folder.prefix, content);
    folder.isKnown = true;
  }

  /** The attributes that hold in a folder; undefined where there are none. To be called when all of it is known. */
  stackOf(folder: Folder): AttributeStack | undefined {
    const found = this.#stacks.get(folder);
    if (found !== undefined) return found === 'none' ? undefined : found;
    const above = folder.above && this.stackOf(folder.above);
    const { lines } = folder;
    const own = { folder: bytesOf(folder.prefix), lines, above, matters: this.#matters };
    const stack = lines.length === 0 ? above : new AttributeStack(own);
    this.#stacks.set(folder, stack ?? 'none');
    return stack;
  }

  #open(prefix: string, above: Folder | undefined): Folder {
    const content = this.#given.get(prefix + ATTRIBUTES_NAME);
    const isGiven = content !== undefined;
    return { prefix, above, lines: isGiven ? linesOf(prefix, content) : [], isKnown: isGiven, isGiven };
  }
}

/** Whether the attributes of a folder, and of those above it, are known. */
export function isSettled(folder: Folder): boolean {
  for (let each: Folder | undefined = folder; each !== undefined; each = each.above) if (!each.isKnown) return false;
  return true;
}

/** One character for each byte of the name, as git compares them. */
export function bytesOf(path: string): string {
  return /[^\0-\x7f]/.test(path) ? Buffer.from(path).toString('latin1') : path;
}

function linesOf(prefix: string, content: Uint8Array): AttributeLine[] {
  return parseAttributes(Buffer.from(content).toString('latin1'), prefix === '');
}

/** Behind where a `.gitattributes` would stand, none can come. A folder's name ends with its slash. */
function pass(folder: Folder, name: string): void {
  if (name > ATTRIBUTES_NAME) folder.isKnown = true;
}
