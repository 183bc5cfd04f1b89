import type { ActionDeclaration } from './declaration.ts';

export type ActionStatus = 'InProgress' | 'Succeeded' | 'Failed' | 'Abandoned';

export type StagePlan =
  | { readonly kind: 'start'; readonly actions: readonly ActionDeclaration[] }
  | { readonly kind: 'wait' }
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'stopped' };

/**
 * What a stage does next. Actions of one runOrder run together; the next group starts when all of them succeeded. A
 * failure waits for the others of its group. A stop starts nothing more and waits for what runs.
 */
export function planStage(
  actions: readonly ActionDeclaration[],
  statusOf: (actionName: string) => ActionStatus | undefined,
  stopping: boolean,
): StagePlan {
  const orders = [...new Set(actions.map((a) => a.runOrder ?? 1))].sort((a, b) => a - b);
  for (const order of orders) {
    const group = actions.filter((a) => (a.runOrder ?? 1) === order);
    const statuses = group.map((a) => statusOf(a.name));
    if (statuses.every((s) => s === 'Succeeded')) continue;
    if (statuses.includes('InProgress')) return { kind: 'wait' };
    if (stopping) return { kind: 'stopped' };
    if (statuses.some((s) => s === 'Failed' || s === 'Abandoned')) return { kind: 'failed' };
    return { kind: 'start', actions: group.filter((a) => statusOf(a.name) === undefined) };
  }
  return stopping ? { kind: 'stopped' } : { kind: 'succeeded' };
}
