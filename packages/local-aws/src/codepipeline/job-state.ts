/** One offer of a custom action to the job workers. A continuation token ends it and makes another. */
export interface JobRecord {
  id: string;
  /** Changes each time the job is handed out. */
  nonce: string;
  actionRunId: string;
  executionId: string;
  status: 'Queued' | 'Dispatched' | 'InProgress' | 'TimedOut' | 'Succeeded' | 'Failed';
  /** Milliseconds since the epoch before which no poll sees it. */
  visibleAt: number;
  /** When it was last handed out. */
  dispatchedAt?: number;
  /** When it times out, however far it is. */
  deadline: number;
  continuationToken?: string;
}

/** A job handed out and not acknowledged goes back to the queue after the lease. */
export function isPollable(job: JobRecord, now: number, leaseMs: number): boolean {
  if (job.status === 'Queued') return now >= job.visibleAt;
  return job.status === 'Dispatched' && now >= (job.dispatchedAt ?? 0) + leaseMs;
}

export function isFinished(job: JobRecord): boolean {
  return job.status === 'Succeeded' || job.status === 'Failed' || job.status === 'TimedOut';
}

export function dispatched(job: JobRecord, now: number, nonce: string): JobRecord {
  return { ...job, status: 'Dispatched', dispatchedAt: now, nonce };
}

/**
 * The worker that holds the current nonce gets the job; a repeat of the same acknowledgement changes nothing. A nonce
 * is given to one poll only, so two workers never both hold the current one.
 */
export function acknowledged(job: JobRecord, nonce: string): JobRecord | 'invalid-nonce' {
  if (isFinished(job)) return job;
  if (job.nonce !== nonce || job.status === 'Queued') return 'invalid-nonce';
  return { ...job, status: 'InProgress' };
}

/** Only a job in progress takes a result. */
export function finished(job: JobRecord, status: 'Succeeded' | 'Failed'): JobRecord | 'invalid-state' {
  return job.status === 'InProgress' ? { ...job, status } : 'invalid-state';
}

/** After a restart the worker that held an unacknowledged job is gone. */
export function requeued(job: JobRecord): JobRecord {
  if (job.status !== 'Dispatched') return job;
  const { dispatchedAt: _, ...rest } = job;
  return { ...rest, status: 'Queued' };
}
