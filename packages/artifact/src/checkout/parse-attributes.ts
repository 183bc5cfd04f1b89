/** `text` is true, `-text` false, `text=auto` is `'auto'`, and `!text` undefined: as if nothing had been said before. */
export type AttributeValue = boolean | string | undefined;

export interface AttributeSetting {
  readonly name: string;
  readonly value: AttributeValue;
}

/** One line of a `.gitattributes` file. */
export type AttributeLine =
  | { readonly kind: 'rule'; readonly pattern: string; readonly settings: readonly AttributeSetting[] }
  | { readonly kind: 'macro'; readonly name: string; readonly settings: readonly AttributeSetting[] };

/** Git ignores lines from here on. https://git-scm.com/docs/gitattributes */
const MAX_LINE_BYTES = 2048;
const MACRO = '[attr]';
const BLANKS = ' \t\r\n';

/**
 * The lines of a `.gitattributes` file that count for git, one character for each byte. Lines that git ignores with a warning are
 * left out: long ones, negative patterns, names that are none, macros outside of the top folder.
 */
export function parseAttributes(content: string, isTopFolder: boolean): AttributeLine[] {
  // Git reads a C string.
  const [text = ''] = content.split('\0', 1);
  return text.split('\n').flatMap((line) => parseLine(line, isTopFolder) ?? []);
}

function parseLine(line: string, isTopFolder: boolean): AttributeLine | undefined {
  const text = skipBlanks(line);
  if (text === '' || text.startsWith('#') || line.length >= MAX_LINE_BYTES) return undefined;
  const { name, rest } = unquote(text) ?? splitWord(text);
  const settings = parseSettings(rest);
  if (settings === undefined) return undefined;
  if (name.length > MACRO.length && name.startsWith(MACRO)) {
    const macro = splitWord(skipBlanks(name.slice(MACRO.length))).name;
    return isTopFolder && isName(macro) ? { kind: 'macro', name: macro, settings } : undefined;
  }
  return name.startsWith('!') ? undefined : { kind: 'rule', pattern: name, settings };
}

interface Word {
  readonly name: string;
  readonly rest: string;
}

function splitWord(text: string): Word {
  let end = 0;
  while (end < text.length && !BLANKS.includes(text.charAt(end))) end += 1;
  return { name: text.slice(0, end), rest: text.slice(end) };
}

function skipBlanks(text: string): string {
  return text.replace(/^[ \t\r\n]+/, '');
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** A name in double quotes, with the escapes of C; undefined where it is none, and the quote a part of the name. */
function unquote(text: string): Word | undefined {
  const [quoted, inner] = /^"((?:[^"\\]|\\(?:[abfnrtv"\\]|[0-3][0-7]{2}))*)"/.exec(text) ?? [];
  if (quoted === undefined || inner === undefined) return undefined;
  const name = inner.replace(/\\([0-3][0-7]{2}|.)/g, (_, code: string) => {
    return ESCAPES[code] ?? String.fromCharCode(Number.parseInt(code, 8));
  });
  return { name: name.split('\0', 1)[0] ?? '', rest: text.slice(quoted.length) };
}

/** Undefined where one of the names is none: git ignores the whole line then. */
function parseSettings(text: string): AttributeSetting[] | undefined {
  const words = text.split(/[ \t\r\n]+/).filter((word) => word !== '');
  const settings = words.map(parseSetting);
  return settings.every(({ name }) => isName(name)) ? settings : undefined;
}

function parseSetting(word: string): AttributeSetting {
  const [, sign, name = '', value] = /^([-!]?)([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  if (sign === '-') return { name, value: false };
  if (sign === '!') return { name, value: undefined };
  return { name, value: value ?? true };
}

/** Names that begin with `builtin_` are git's own. */
function isName(name: string): boolean {
  return /^[A-Za-z0-9_.][-A-Za-z0-9_.]*$/.test(name) && !name.startsWith('builtin_');
}
