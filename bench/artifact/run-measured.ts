import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

/** What a run of several processes took. */
export interface Measured {
  readonly ms: number;
  /** User and system, of all processes. */
  readonly cpuMs: number;
  /** The resident memory of the largest process; 0 where the system has no /proc. */
  readonly peakBytes: number;
  /** Given to the file system, by all processes; 0 where the system has no /proc. */
  readonly writtenBytes: number;
  readonly output: string;
}

const FIND_TIMES = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s+(?:write_bytes: (\d+)\s*)?$/;
const SAMPLE_MS = 20;

/** Runs lines of shell in a folder, to their end. */
export async function runMeasured(
  lines: string,
  { folder, environment }: { folder: string; environment: Readonly<Record<string, string>> },
): Promise<Measured> {
  // Both tell of the shell's children that have ended, too: `times` ends with their user and system time.
  const script = `${lines}\ntimes\ngrep -s ^write_bytes /proc/$$/io || true`;
  const startedMs = performance.now();
  const shell = spawn('sh', ['-ec', script], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const peak = watchMemory(shell);
  const printing = text(shell.stdout);
  const [code] = await once(shell, 'close');
  const ms = performance.now() - startedMs;
  const output = await printing;
  if (code !== 0) throw new Error(`this ended with ${code}:\n${lines}`);
  const [, userMinutes, userSeconds, systemMinutes, systemSeconds, written] = FIND_TIMES.exec(output) ?? [];
  const cpuMs = (minutesAndSeconds(userMinutes, userSeconds) + minutesAndSeconds(systemMinutes, systemSeconds)) * 1000;
  return { ms, cpuMs, peakBytes: peak(), writtenBytes: Number(written ?? 0), output };
}

function minutesAndSeconds(minutes: string | undefined, seconds: string | undefined): number {
  return Number(minutes) * 60 + Number(seconds);
}

/**
 * The highest `VmHWM` among a process and its descendants. The system's own figure for children that have ended counts what the
 * process that started them held, so each is looked at while it runs; only what it takes in its last moment is missed.
 */
function watchMemory({ pid }: ChildProcess): () => number {
  let peakBytes = 0;
  const look = (process: string) => {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${process}/status`)) ?? [];
    peakBytes = Math.max(peakBytes, Number(kibibytes ?? 0) * 1024);
    for (const child of read(`/proc/${process}/task/${process}/children`).split(' ')) if (child !== '') look(child);
  };
  const timer = setInterval(() => look(String(pid)), SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return peakBytes;
  };
}

function read(file: string): string {
  try {
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  } catch {
    // It ended meanwhile.
    return '';
  }
}
