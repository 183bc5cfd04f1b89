import { checkOutEntries } from '@gitsource/artifact';
import type { PackedEntry } from '@gitsource/events';
import { attributesAbove } from '@gitsource/git';
import type { PackedTree } from '@gitsource/pack';

export interface AsCheckedOut {
  /** Told of each file whose content changes: the attributes that ask for it. */
  readonly onConverted?: ((attributes: readonly string[]) => void) | undefined;
  /** The tree's entries are only those at and below these. Default: all. */
  readonly paths?: readonly string[];
}

/** The tree with its entries as a checkout writes them. They reject with what `checkOutEntries` does, too. */
export function asCheckedOut(tree: PackedTree, { onConverted, paths = [] }: AsCheckedOut): PackedTree {
  const options = { ...(onConverted && { onConverted }) };
  return {
    ...tree,
    entries: () =>
      paths.length === 0 ? checkOutEntries(tree.entries(), options) : checkOutPaths(tree, paths, options),
  };
}

async function* checkOutPaths(
  tree: PackedTree,
  paths: readonly string[],
  options: Parameters<typeof checkOutEntries>[1],
): AsyncGenerator<PackedEntry> {
  const above = new Map<string, Buffer>();
  for (const path of attributesAbove(paths)) {
    const content = await tree.readFile(path);
    if (content !== undefined) above.set(path, content);
  }
  yield* checkOutEntries(tree.entries(), { ...options, attributesAbove: above });
}
