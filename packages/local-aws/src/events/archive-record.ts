import type { EventEnvelope } from './rule-record.ts';

/** What is kept of an archive, beside its events. */
export interface ArchiveRecord {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly createdAt: number;
  description?: string;
  /** Which events are kept; absent = all. */
  pattern?: string;
  /** 0 = for ever. */
  retentionDays: number;
  eventCount: number;
  sizeBytes: number;
}

export type ReplayState = 'STARTING' | 'RUNNING' | 'CANCELLING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';

export interface ReplayRecord {
  readonly name: string;
  readonly arn: string;
  readonly archiveName: string;
  readonly archiveArn: string;
  readonly busArn: string;
  readonly busName: string;
  /** ARNs of the rules that see the events; empty = all. */
  readonly filterArns: readonly string[];
  readonly description?: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly startedAt: number;
  state: ReplayState;
  stateReason?: string;
  lastReplayedMs?: number;
  endedAt?: number;
}

export interface ArchivedEvent {
  readonly archivedAt: number;
  readonly event: EventEnvelope;
}
