import { expect } from 'vitest';
import type { ProvidersError } from '../errors.ts';

/** What a promise that has to fail fails with. */
export async function failureOf(failing: Promise<unknown>): Promise<ProvidersError> {
  const error: unknown = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  return error as ProvidersError;
}
