import type { Json } from './json.ts';

/** Stands, while a template is only checked, for a value that exists once its resource does. */
export const PENDING = '\u0000pending\u0000';

export function isPending(value: Json | undefined): boolean {
  return typeof value === 'string' && value.includes(PENDING);
}
