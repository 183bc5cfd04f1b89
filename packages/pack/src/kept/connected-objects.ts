import { linksOfTree } from '../clone/tree-links.ts';
import type { ObjectId, ObjectKind } from '../objects/object-id.ts';
import type { PackSeries } from '../objects/pack-series.ts';
import type { FoundObject } from '../objects/packed-object.ts';
import { parseTreeOf } from '../tree/parse-commit.ts';

/**
 * A commit, its trees and its files, each once, without the commits before it; `undefined` where any of them is not there, or is
 * not what it should be.
 */
export function connectedObjects(series: PackSeries, commit: ObjectId): FoundObject[] | undefined {
  const { objects, contents, idBytes } = series;
  const found = objects.find(commit);
  if (found?.resolved.kind !== 'commit') return undefined;
  const connected = [found];
  const seen = new Set<ObjectId>();
  const open: { readonly id: ObjectId; readonly kind: ObjectKind }[] = [];
  const link = (id: ObjectId, kind: ObjectKind) => {
    if (seen.has(id)) return;
    seen.add(id);
    open.push({ id, kind });
  };
  link(parseTreeOf(contents.contentOf(found)), 'tree');
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const object = objects.find(next.id);
    if (object?.resolved.kind !== next.kind) return undefined;
    connected.push(object);
    if (next.kind === 'tree') linksOfTree(contents.contentOf(object), idBytes, link);
  }
  return connected;
}
