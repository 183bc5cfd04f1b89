import type { PatchOperation } from '@aws-sdk/client-api-gateway';
import { badRequest } from './gateway-error.ts';

/** One change of a PATCH request: `replace /policy`, `add /binaryMediaTypes/image~1png`. */
export interface Patch {
  readonly op: 'add' | 'remove' | 'replace';
  /** Unescaped parts of the path: `['binaryMediaTypes', 'image/png']`. */
  readonly path: readonly string[];
  readonly value: string;
}

/** Reads a request's changes; throws for operations that none of the resources here has. */
export function readPatches(operations: readonly PatchOperation[] | undefined): Patch[] {
  return (operations ?? []).map(({ op, path = '', value = '' }) => {
    if (op !== 'add' && op !== 'remove' && op !== 'replace')
      throw badRequest(`Invalid patch operation specified ${op}`);
    const parts = path.split('/').slice(1);
    return { op, path: parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')), value };
  });
}

export function unknownPatch({ op, path }: Patch): Error {
  return badRequest(`local-aws does not simulate the patch ${op} /${path.join('/')}`);
}

/** A list with a change applied to it. */
export function patchedList(list: readonly string[], op: Patch['op'], item: string): string[] {
  const others = list.filter((each) => each !== item);
  return op === 'remove' ? others : [...others, item];
}
