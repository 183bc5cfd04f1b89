import { type CheckOutOptions, checkOutEntries, writeCloneZip } from '@gitsource/artifact';
import type { PackedClone } from '@gitsource/pack';

/** The zip of a clone, its work tree as a checkout has it. Rejects with what the clone, `checkOutEntries` and `writeCloneZip` do. */
export function zipClone(
  clone: PackedClone,
  modified: Date,
  options: Pick<CheckOutOptions, 'onConverted'> = {},
): AsyncGenerator<Uint8Array> {
  const { pack, gitFolder, entries, submodules } = clone;
  const parts = {
    pack,
    gitFolder,
    entries: () => checkOutEntries(entries(), options),
    // As git leaves them where it is not asked for their contents.
    emptyFolders: () => submodules.map(({ path }) => path),
  };
  return writeCloneZip(parts, { modified });
}
