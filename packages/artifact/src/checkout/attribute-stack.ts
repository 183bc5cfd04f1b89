import { type AttributePattern, compilePattern } from './attribute-pattern.ts';
import type { AttributeLine, AttributeSetting, AttributeValue } from './parse-attributes.ts';

/** What is said of one path, by name; what is missing was not said. */
export type Attributes = ReadonlyMap<string, AttributeValue>;

interface Rule {
  readonly matches: AttributePattern;
  readonly settings: readonly AttributeSetting[];
}

type Macros = ReadonlyMap<string, readonly AttributeSetting[]>;

/** `binary` is git's own. */
const BUILT_IN: Macros = new Map([['binary', ['diff', 'merge', 'text'].map((name) => ({ name, value: false }))]]);

export interface StackedFolder {
  /** `''`, or `src/`, of one character for each byte. */
  readonly folder: string;
  /** Of its `.gitattributes` file. */
  readonly lines: readonly AttributeLine[];
  /** Of the nearest folder above that has such a file. */
  readonly above: AttributeStack | undefined;
  /** The settings that matter: without one of them, a path's other attributes are not asked for. */
  readonly matters: (setting: AttributeSetting) => boolean;
}

/** The attributes that hold in one folder: those of its own `.gitattributes` file, and of the folders above it. */
export class AttributeStack {
  readonly #above: AttributeStack | undefined;
  readonly #folder: string;
  /** The last line first: it counts before the others. */
  readonly #rules: readonly Rule[];
  readonly #mattering: readonly Rule[];
  readonly #macros: Macros;
  /** Whether any path here may have an attribute that matters. */
  readonly mayMatter: boolean;

  constructor({ folder, lines, above, matters }: StackedFolder) {
    this.#above = above;
    this.#folder = folder;
    this.#macros = above === undefined ? macrosOf(lines) : above.#macros;
    this.#rules = lines.toReversed().flatMap((line) => toRule(line) ?? []);
    const isMattering = mattersByMacro(this.#macros, matters);
    this.#mattering = this.#rules.filter(({ settings }) => settings.some(isMattering));
    this.mayMatter = this.#mattering.length > 0 || above?.mayMatter === true;
  }

  /** All that is said of a path in the folder or below it; undefined where nothing of it matters. */
  attributesOf(path: string): Attributes | undefined {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (!this.#isMattering(path, name)) return undefined;
    const values = new Map<string, AttributeValue>();
    this.#collect(values, path, name);
    return values;
  }

  #isMattering(path: string, name: string): boolean {
    const inFolder = path.slice(this.#folder.length);
    if (this.#mattering.some(({ matches }) => matches(inFolder, name))) return true;
    if (this.#above === undefined) return false;
    return this.#above.#isMattering(path, name);
  }

  #collect(values: Map<string, AttributeValue>, path: string, name: string): void {
    const inFolder = path.slice(this.#folder.length);
    for (const { matches, settings } of this.#rules) if (matches(inFolder, name)) this.#fill(values, settings);
    if (this.#above !== undefined) this.#above.#collect(values, path, name);
  }

  /** The last setting first; what was said already stays, and a macro stands for its settings where it becomes true. */
  #fill(values: Map<string, AttributeValue>, settings: readonly AttributeSetting[]): void {
    for (const { name, value } of settings.toReversed()) {
      if (values.has(name)) continue;
      values.set(name, value);
      const macro = value === true ? this.#macros.get(name) : undefined;
      if (macro !== undefined) this.#fill(values, macro);
    }
  }
}

/** Of several with one name the last counts. */
function macrosOf(lines: readonly AttributeLine[]): Macros {
  const own = lines.flatMap((line) => (line.kind === 'macro' ? [[line.name, line.settings] as const] : []));
  return new Map([...BUILT_IN, ...own]);
}

function toRule(line: AttributeLine): Rule | undefined {
  const matches = line.kind === 'rule' ? compilePattern(line.pattern) : undefined;
  return matches && { matches, settings: line.settings };
}

/** Whether a setting matters itself, or by what its macro stands for. */
function mattersByMacro(macros: Macros, matters: StackedFolder['matters']): StackedFolder['matters'] {
  const found = new Set<string>();
  const isFound = (setting: AttributeSetting) =>
    matters(setting) || (setting.value === true && found.has(setting.name));
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const [name, settings] of macros) if (settings.some(isFound)) found.add(name);
  }
  return isFound;
}
