/** What Lambda says of one invocation when it is over. */
export interface InvocationReport {
  readonly requestId: string;
  readonly durationMs: number;
  readonly memorySizeMb: number;
  /** Unknown where the machine's kernel does not tell. */
  readonly maxMemoryUsedMb?: number | undefined;
  /** Of the environment's first invocation. */
  readonly initDurationMs?: number | undefined;
  /** Absent where the function answered, with an error of its own as well. */
  readonly failure?: { readonly status: 'timeout' } | { readonly status: 'error'; readonly errorType: string };
}

/**
 * The REPORT line as AWS writes it: parts with a tab between them, and one at the end where nothing follows. Since August
 * 2025 the init phase is billed too: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/.
 */
export function reportLine(report: InvocationReport): string {
  const { requestId, durationMs, memorySizeMb, maxMemoryUsedMb, initDurationMs, failure } = report;
  const billedMs = Math.ceil(durationMs + (initDurationMs ?? 0));
  return [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billedMs} ms`,
    `Memory Size: ${memorySizeMb} MB`,
    ...(maxMemoryUsedMb === undefined ? [] : [`Max Memory Used: ${maxMemoryUsedMb} MB`]),
    ...(initDurationMs === undefined ? [] : [`Init Duration: ${initDurationMs.toFixed(2)} ms`]),
    ...(failure === undefined ? [''] : [`Status: ${failure.status}`]),
    ...(failure?.status === 'error' ? [`Error Type: ${failure.errorType}`] : []),
  ].join('\t');
}
