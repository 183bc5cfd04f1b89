import type { ExecutionMode } from '@aws-sdk/client-codepipeline';

/** Where an execution that has not ended stands. */
export interface Standing {
  readonly id: string;
  readonly sequence: number;
  readonly stageIndex: number;
  readonly phase: 'waiting' | 'running';
  readonly waitingSince: number;
}

export type Admission =
  | { readonly kind: 'enter'; readonly id: string }
  | { readonly kind: 'supersede'; readonly id: string; readonly by: string };

/**
 * Who may enter a stage now. SUPERSEDED and QUEUED hold one execution per stage; of those waiting before the same
 * stage, SUPERSEDED keeps only the newest, QUEUED takes the first. PARALLEL locks nothing. A closed transition holds
 * everybody; in SUPERSEDED mode it still lets newer ones push out older ones.
 */
export function admit(
  mode: ExecutionMode,
  standings: readonly Standing[],
  isClosed: (stageIndex: number) => boolean,
): Admission[] {
  const stages = [...new Set(standings.filter(isWaiting).map((s) => s.stageIndex))].sort((a, b) => b - a);
  return stages.flatMap((stage) => admitStage(mode, standings, stage, isClosed(stage)));
}

function admitStage(mode: ExecutionMode, standings: readonly Standing[], stage: number, closed: boolean): Admission[] {
  const waiting = standings.filter((s) => isWaiting(s) && s.stageIndex === stage).sort(byOrder);
  if (mode === 'PARALLEL') return closed ? [] : waiting.map((s) => ({ kind: 'enter', id: s.id }));

  const locked = standings.some((s) => s.phase === 'running' && s.stageIndex === stage);
  const open = !closed && !locked;
  if (mode === 'QUEUED') return open && waiting[0] !== undefined ? [{ kind: 'enter', id: waiting[0].id }] : [];

  const newest = waiting.at(-1);
  if (newest === undefined) return [];
  const older = waiting.slice(0, -1).map((s): Admission => ({ kind: 'supersede', id: s.id, by: newest.id }));
  return open ? [...older, { kind: 'enter', id: newest.id }] : older;
}

function isWaiting(standing: Standing): boolean {
  return standing.phase === 'waiting';
}

function byOrder(a: Standing, b: Standing): number {
  return a.sequence - b.sequence;
}
