import type { TreeEntryKind } from './tree-entry.ts';

/**
 * One path of a commit's tree whose content is already verified, and compressed already where the server had it so.
 * `pack` produces such entries, `artifact` consumes them.
 */
export interface PackedEntry {
  /** As in `TreeEntry`: relative, `/`-separated, UTF-8, never with `.` or `..` segments. */
  readonly path: string;
  readonly kind: TreeEntryKind;
  /** Content length in bytes. */
  readonly size: number;
  /** Of the content, as zip has it. */
  readonly crc32: number;
  /** The blob's ID, 40 or 64 hex digits: equal ones are equal contents. */
  readonly blob: string;
  readonly body: PackedBody;
}

/** Readable for as long as its source is open, and as often as needed. */
export type PackedBody =
  /** A raw deflate stream (RFC 1951), as zip's method 8 has it. */
  | { readonly packing: 'deflate'; readonly bytes: number; readonly pieces: () => Iterable<Uint8Array> }
  /** The content itself, which nobody has tried to pack: it was made of a delta. */
  | { readonly packing: 'none'; readonly content: () => Uint8Array }
  /** The content itself, which deflate does not make smaller. */
  | { readonly packing: 'incompressible'; readonly content: () => Uint8Array };
