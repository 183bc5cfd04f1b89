import { createHash } from 'node:crypto';
import type { Delivery } from './delivery.ts';

/** The ID that the provider gives a delivery, from the first of the headers that has one; else one made from the body. */
export function deliveryIdOf(delivery: Delivery, ...headers: readonly string[]): string {
  return deliveryIdFrom(
    delivery,
    headers.map((header) => (Object.hasOwn(delivery.headers, header) ? delivery.headers[header] : undefined)),
  );
}

/** As `deliveryIdOf`, for a provider that sends its ID elsewhere. */
export function deliveryIdFrom(delivery: Delivery, ids: readonly (string | undefined)[]): string {
  // Unsigned and hostile until proven otherwise: it goes into logs and events.
  const usable = ids.find((id) => id !== undefined && /^[\x21-\x7e]{1,128}$/.test(id));
  if (usable !== undefined) return usable;
  return `body-${createHash('sha256').update(delivery.body).digest('hex')}`;
}
