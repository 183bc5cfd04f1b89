/** One step of a pattern. Texts are one character for each byte, as git matches them. */
type Step = One | Many;

/** One byte. */
interface One {
  readonly kind: 'one';
  readonly has: (byte: number) => boolean;
}

/** As little as will do; `grow` tells where one that ends at `at` ends next. */
interface Many {
  readonly kind: 'many';
  readonly crossesSlashes: boolean;
  readonly grow: (text: string, at: number) => number | undefined;
}

/** What a wildcard pattern means; see `compileWildcards`. */
export type Wildcards = readonly Step[];

const SLASH = 0x2f;
const NEVER: One = { kind: 'one', has: () => false };
const ANYTHING: Many = {
  kind: 'many',
  crossesSlashes: true,
  grow: (text, at) => (at < text.length ? at + 1 : undefined),
};
const PART_OF_NAME: Many = {
  kind: 'many',
  crossesSlashes: false,
  grow: (text, at) => (at < text.length && text.charCodeAt(at) !== SLASH ? at + 1 : undefined),
};
/** Any number of them, each with its slash. */
const FOLDERS: Many = {
  kind: 'many',
  crossesSlashes: true,
  grow: (text, at) => text.indexOf('/', at) + 1 || undefined,
};

/**
 * Reads a pattern as git's `wildmatch` does. With `isPath`, only `**` between slashes matches a slash.
 * https://git-scm.com/docs/gitignore#_pattern_format
 */
export function compileWildcards(pattern: string, isPath: boolean): Wildcards {
  const steps: Step[] = [];
  for (let at = 0; at < pattern.length; ) {
    const character = pattern.charAt(at);
    if (character === '*') at = addStars(steps, pattern, at, isPath);
    else if (character === '[') at = addClass(steps, pattern, at, isPath);
    else if (character === '?') {
      steps.push({ kind: 'one', has: (byte) => !isPath || byte !== SLASH });
      at += 1;
    } else {
      if (character === '\\') at += 1;
      // A backslash at the end escapes nothing, and matches nothing.
      const code = at < pattern.length ? pattern.charCodeAt(at) : undefined;
      steps.push(code === undefined ? NEVER : { kind: 'one', has: (byte) => byte === code });
      at += 1;
    }
  }
  return steps;
}

/**
 * Whether a pattern matches the whole text. A `*` that took too little takes more; once the next one is reached, no other choice of
 * the one before it can do better, so one place of each kind is enough to go back to.
 */
export function matchWildcards(steps: Wildcards, text: string): boolean {
  let at = 0;
  let step = 0;
  let star: Retry | undefined;
  let deep: Retry | undefined;
  for (;;) {
    const current = steps[step];
    if (current === undefined && at === text.length) return true;
    if (current?.kind === 'many') {
      step += 1;
      star = { step, at, grow: current.grow };
      if (current.crossesSlashes) [deep, star] = [star, undefined];
    } else if (current !== undefined && at < text.length && current.has(text.charCodeAt(at))) {
      step += 1;
      at += 1;
    } else {
      star = grown(star, text);
      if (star === undefined) deep = grown(deep, text);
      const retry = star ?? deep;
      if (retry === undefined) return false;
      ({ step, at } = retry);
    }
  }
}

/** Where to go on when a `*` takes more of the text. */
interface Retry extends Pick<Many, 'grow'> {
  readonly step: number;
  readonly at: number;
}

function grown(retry: Retry | undefined, text: string): Retry | undefined {
  const at = retry?.grow(text, retry.at);
  return retry === undefined || at === undefined ? undefined : { ...retry, at };
}

function addStars(steps: Step[], pattern: string, start: number, isPath: boolean): number {
  let end = start + 1;
  while (pattern.charAt(end) === '*') end += 1;
  const follows = pattern.slice(end, end + 2);
  const isBetweenSlashes =
    (start === 0 || pattern.charAt(start - 1) === '/') &&
    (follows === '' || follows.startsWith('/') || follows === '\\/');
  const isDeep = end - start > 1 && isBetweenSlashes;
  if (isPath && isDeep && follows.startsWith('/')) {
    steps.push(FOLDERS);
    return end + 1;
  }
  steps.push(!isPath || isDeep ? ANYTHING : PART_OF_NAME);
  return end;
}

/** Named classes by the pairs of characters that begin and end their ranges, as git has them. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['alnum', '09AZaz'],
  ['alpha', 'AZaz'],
  ['blank', '  \t\t'],
  ['cntrl', '\0\x1f\x7f\x7f'],
  ['digit', '09'],
  ['graph', '!~'],
  ['lower', 'az'],
  ['print', ' ~'],
  ['punct', '!/:@[`{~'],
  ['space', '  \t\n\r\r'],
  ['upper', 'AZ'],
  ['xdigit', '09AFaf'],
]);

/** `[a-z]`, `[!a-z]`, `[[:digit:]]`; one that does not end, or has a name that is none, matches nothing. */
function addClass(steps: Step[], pattern: string, start: number, isPath: boolean): number {
  const isNegated = '!^'.includes(pattern.charAt(start + 1) || ' ');
  /** Pairs, as in `NAMED`. */
  let ranges = '';
  let at = start + (isNegated ? 2 : 1);
  /** Where a range may begin; '' behind a range or a name. */
  let before = '';
  for (const first = at; at === first || pattern.charAt(at) !== ']'; at += 1) {
    const character = pattern.charAt(at);
    const [, name] = /^\[:([^\]]*):\]/.exec(pattern.slice(at)) ?? [];
    if (character === '') return refuse(steps, pattern);
    if (name !== undefined) {
      const named = NAMED.get(name);
      if (named === undefined) return refuse(steps, pattern);
      ranges += named;
      at += name.length + 3;
      before = '';
    } else if (character === '-' && before !== '' && !['', ']'].includes(pattern.charAt(at + 1))) {
      at += pattern.charAt(at + 1) === '\\' ? 2 : 1;
      if (at >= pattern.length) return refuse(steps, pattern);
      ranges += before + pattern.charAt(at);
      before = '';
    } else {
      if (character === '\\') at += 1;
      before = pattern.charAt(at);
      if (before === '') return refuse(steps, pattern);
      ranges += before + before;
    }
  }
  const table = Array.from({ length: 256 }, (_, byte) => {
    const isWithin = isInRanges(String.fromCharCode(byte), ranges);
    return isWithin !== isNegated && !(isPath && byte === SLASH);
  });
  steps.push({ kind: 'one', has: (byte) => table[byte] === true });
  return at + 1;
}

function isInRanges(character: string, ranges: string): boolean {
  for (let at = 0; at < ranges.length; at += 2) {
    if (ranges.charAt(at) <= character && character <= ranges.charAt(at + 1)) return true;
  }
  return false;
}

/** Nothing behind it is read any more. */
function refuse(steps: Step[], pattern: string): number {
  steps.push(NEVER);
  return pattern.length;
}
