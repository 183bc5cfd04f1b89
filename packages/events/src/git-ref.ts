import { ParseError, shown } from './errors.ts';

/** A ref as a person or a webhook names it. */
export interface GitRef {
  /** `short` is a bare name: a branch, or else a tag. The others began with `refs/`. */
  readonly kind: 'short' | 'branch' | 'tag' | 'other';
  /** As given: `main`, `feature/x`, `refs/tags/v1`. */
  readonly text: string;
  /** For display: without `refs/heads/` or `refs/tags/`. */
  readonly shortName: string;
}

/** A configuration value of CodePipeline holds at most 1,000 characters. */
const MAX_REF_CHARACTERS = 1000;

/** First match wins; after https://git-scm.com/docs/git-check-ref-format, and without names that look like options. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'is empty'],
  [/\p{Cc}/u, 'contains a control character'],
  [/^-|^refs\/(?:heads|tags)\/-/, 'starts with "-"'],
  [/[ ~^:?*[\\]/, 'contains one of: space ~ ^ : ? * [ \\'],
  [/\.\./, 'contains ".."'],
  [/@\{/, 'contains "@{"'],
  [/^@$/, 'is "@"'],
  [/^\/|\/$|\/\//, 'has an empty part between slashes'],
  [/(?:^|\/)\./, 'has a part that starts with "."'],
  [/\.lock(?:\/|$)/, 'has a part that ends in ".lock"'],
  [/\.$/, 'ends in "."'],
  [/^refs(?:\/[^/]*)?$/, 'is not a whole ref'],
];

/** Reads a branch, a tag or a full ref by Git's own rules. Throws `events/ref-invalid`. */
export function parseGitRef(text: string): GitRef {
  const ref = readGitRef(text);
  if (!('problem' in ref)) return ref;
  throw new ParseError(
    'events/ref-invalid',
    `The ref ${shown(text)} ${ref.problem}. Give a branch ("main"), or a full ref ("refs/tags/v1").`,
  );
}

/** As `parseGitRef`, for what others send: a delivery may name a hundred thousand that are none, so the problem is a value. */
export function readGitRef(text: string): GitRef | { readonly problem: string } {
  const problem =
    text.length > MAX_REF_CHARACTERS
      ? `is longer than ${MAX_REF_CHARACTERS} characters`
      : REFUSALS.find(([pattern]) => pattern.test(text))?.[1];
  if (problem !== undefined) return { problem };
  if (text.startsWith('refs/heads/')) return { kind: 'branch', text, shortName: text.slice('refs/heads/'.length) };
  if (text.startsWith('refs/tags/')) return { kind: 'tag', text, shortName: text.slice('refs/tags/'.length) };
  return { kind: text.startsWith('refs/') ? 'other' : 'short', text, shortName: text };
}
