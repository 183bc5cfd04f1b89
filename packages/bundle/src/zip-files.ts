import { zipSync } from 'fflate';

export interface NamedFile {
  readonly name: string;
  readonly content: Uint8Array;
}

/** Made by Unix, so that unpacking gives `-rw-r--r--` and not a file without any permission. */
const UNIX = 3;
const REGULAR_FILE_0644 = 0o100644 << 16;
const HIGHEST_COMPRESSION = 9;

/** Zips files in order of their names, all dated 1980-01-01 12:00, so that equal files give equal bytes. */
export function zipFiles(files: readonly NamedFile[]): Uint8Array {
  // fflate writes a date's local parts; made of local parts, it is the same in every zone.
  const mtime = new Date(1980, 0, 1, 12);
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const tree = Object.fromEntries(sorted.map((file) => [file.name, file.content]));
  return zipSync(tree, { level: HIGHEST_COMPRESSION, mtime, os: UNIX, attrs: REGULAR_FILE_0644 >>> 0 });
}
