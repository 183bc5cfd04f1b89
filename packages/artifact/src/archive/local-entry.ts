import type { TreeEntryKind } from '@gitsource/events';

/** What is kept of an entry that has gone by, until the directory at the archive's end has been compared with it. */
export interface LocalEntry {
  /** As the archive names it, top folder included; no slash at a folder's end. */
  readonly name: string;
  /** As the artifact names it. */
  readonly path: string;
  readonly isFolder: boolean;
  /** Where its header began in the archive. */
  readonly archiveOffset: number;
  /** Where its header begins in the artifact; -1 for a folder, which an artifact implies. */
  readonly offset: number;
  readonly content: PackedContent;
  /** Known only from the directory. */
  kind: TreeEntryKind | undefined;
}

/** A content as it was packed and stays, measured while it went by. */
export interface PackedContent {
  readonly deflated: boolean;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Written with its checksum after it. */
  readonly streamed: boolean;
  /** Written with eight-byte sizes. */
  readonly zip64: boolean;
}
