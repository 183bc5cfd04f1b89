/** What Lambda wrote of one invocation. */
export interface FunctionReport {
  readonly requestId: string;
  readonly durationMs: number;
  /** With the init phase, where there was one. */
  readonly billedMs: number;
  readonly memoryMb: number;
  /** Of the environment so far; absent where the kernel does not tell. */
  readonly peakMb?: number;
  /** Of a cold start. */
  readonly initMs?: number;
  /** `timeout`, `error`. */
  readonly status?: string;
}

/** Reads a line as `REPORT RequestId: …\tDuration: 3.52 ms\tBilled Duration: 4 ms\t…`; undefined for any other. */
export function readReport(line: string): FunctionReport | undefined {
  if (!line.startsWith('REPORT ')) return undefined;
  const parts = new Map(line.split('\t').map((part) => [nameOf(part), part.slice(part.indexOf(': ') + 2).trim()]));
  const number = (name: string) => Number.parseFloat(parts.get(name) ?? 'NaN');
  const status = parts.get('Status');
  return {
    requestId: parts.get('REPORT RequestId') ?? '',
    durationMs: number('Duration'),
    billedMs: number('Billed Duration'),
    memoryMb: number('Memory Size'),
    ...(parts.has('Max Memory Used') && { peakMb: number('Max Memory Used') }),
    ...(parts.has('Init Duration') && { initMs: number('Init Duration') }),
    ...(status !== undefined && { status }),
  };
}

function nameOf(part: string): string {
  return part.split(': ', 1)[0] ?? '';
}
