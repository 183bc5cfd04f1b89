import type { PackedEntry } from '@gitsource/events';
import { isGitFolder } from './archive/archive-path.ts';
import { ArtifactError } from './errors.ts';
import type { StreamedFile } from './streamed-file.ts';
import { type WritePackedZipOptions, writePackedZip } from './write-packed-zip.ts';

/** A clone as its files, each part read when those before it have ended. */
export interface CloneToZip {
  /** `.git/objects/pack/….pack`, while it arrives. */
  readonly pack: StreamedFile;
  /** The rest of `.git`. */
  readonly gitFolder: () => AsyncIterable<PackedEntry>;
  /** The work tree. */
  readonly entries: () => AsyncIterable<PackedEntry>;
  /** Of submodules that are not in the clone, without which git takes them for deleted. */
  readonly emptyFolders: () => readonly string[];
}

/** Zips a clone, its pack as it is. Throws what `writePackedZip` throws. */
export function writeCloneZip(
  clone: CloneToZip,
  options: Omit<WritePackedZipOptions, 'clone'> = {},
): AsyncGenerator<Uint8Array> {
  const { pack, emptyFolders } = clone;
  return writePackedZip(allEntries(clone), { ...options, clone: { pack, emptyFolders } });
}

async function* allEntries({ gitFolder, entries }: CloneToZip): AsyncGenerator<PackedEntry> {
  yield* gitFolder();
  for await (const entry of entries()) {
    // The clone's own files may be there, and nobody else's, whatever unpacks it: a hook there would be run.
    if (entry.path.split('/').some(isGitFolder)) throw inGitFolder(entry.path);
    yield entry;
  }
}

function inGitFolder(path: string): ArtifactError {
  const what = `The tree's path ${JSON.stringify(path.slice(0, 500))} belongs to the .git folder`;
  return new ArtifactError('artifact/unsafe-path', `${what}. Rename or remove it in the repository.`, {
    fault: 'failed',
  });
}
