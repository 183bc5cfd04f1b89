/** What Git calls a path's kind; folders are implied by the paths below them. */
export type TreeEntryKind = 'file' | 'executable' | 'symlink';

/**
 * One path of a commit's tree on its way into an artifact, readable once and without a checkout.
 * Source and sink never import each other: `git` and later `pack` produce entries, `artifact` consumes them.
 */
export interface TreeEntry {
  /** Relative, `/`-separated, UTF-8, never empty, absolute or containing `.` or `..` segments. */
  readonly path: string;
  readonly kind: TreeEntryKind;
  /** Content length in bytes, exact. */
  readonly size: number;
  /** The content; a symlink's content is its target. Called once, and read to its end before the next entry is taken. */
  readonly content: () => AsyncIterable<Uint8Array>;
}
