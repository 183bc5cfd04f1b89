import type { OwnedSecret } from './owned-secret.ts';

/** What a Delete found: `gone` (missing or marked already) and `not-owned` are fine too. */
export type Deletion = 'deleted' | 'gone' | 'not-owned';

/** Deletes the secret if this resource made it: the Delete after a Create that was refused must not take another's. */
export async function deleteKeyPair(secret: OwnedSecret, recoveryDays: number): Promise<Deletion> {
  const state = await secret.describe();
  if (state.kind === 'missing') return 'gone';
  if (!state.isOwned) return 'not-owned';
  if (state.kind === 'deleting') return 'gone';
  await secret.delete(recoveryDays);
  return 'deleted';
}
