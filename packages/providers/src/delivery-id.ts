import { createHash } from 'node:crypto';
import type { Delivery } from './delivery.ts';

/** The ID that the provider gives a delivery, from the first of the headers that has one; else one made from the body. */
export function deliveryIdOf(delivery: Delivery, ...headers: readonly string[]): string {
  for (const header of headers) {
    const id = Object.hasOwn(delivery.headers, header) ? delivery.headers[header] : undefined;
    // Unsigned and hostile until proven otherwise: it goes into logs and events.
    if (id !== undefined && /^[\x21-\x7e]{1,128}$/.test(id)) return id;
  }
  return `body-${createHash('sha256').update(delivery.body).digest('hex')}`;
}
