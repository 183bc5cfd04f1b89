/** `*` in a pattern. */
export const STAR = 0;
/** `?` in a pattern. */
export const ANY = 1;

/** A pattern's characters and wildcards; text put in for a policy variable can so hold a literal `*`. */
export type Pattern = readonly (string | typeof STAR | typeof ANY)[];

export function literal(text: string): Pattern {
  return Array.from(text);
}

export function wildcard(text: string): Pattern {
  return Array.from(text, (character) => (character === '*' ? STAR : character === '?' ? ANY : character));
}

/** Whether the whole text fits the pattern, in time at most length × length. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const characters = Array.from(text);
  let at = 0;
  let index = 0;
  let starAt = -1;
  let resume = 0;
  while (index < characters.length) {
    const expected = pattern[at];
    if (expected === STAR) {
      starAt = at;
      resume = index;
      at += 1;
    } else if (expected === ANY || (expected !== undefined && expected === characters[index])) {
      at += 1;
      index += 1;
    } else if (starAt >= 0) {
      // The last star takes one character more.
      at = starAt + 1;
      resume += 1;
      index = resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === STAR) at += 1;
  return at === pattern.length;
}
