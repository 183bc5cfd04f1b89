import { readFileSync } from 'node:fs';

/** How often a process at work is looked at. The kernel keeps the peak, so nothing between two looks is missed. */
const LOOK_MS = 5;
const KIB_PER_MB = 1024;

/**
 * The memory of one process, held against its function's limit. It is the kernel's highest resident set since the process
 * began: on AWS, too, `Max Memory Used` is that of all invocations of an environment. Only Linux tells; elsewhere nothing
 * is known and nothing exceeded.
 */
export class MemoryWatch {
  readonly #statusFile: string;
  readonly #limitMb: number;
  readonly #onExceeded: () => void;
  #peakKib: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `onExceeded` may be called several times. */
  constructor(pid: number | undefined, limitMb: number, onExceeded: () => void) {
    this.#statusFile = `/proc/${pid}/status`;
    this.#limitMb = limitMb;
    this.#onExceeded = onExceeded;
  }

  /** Whole megabytes, at most the limit, as AWS reports it. */
  get peakMb(): number | undefined {
    return this.#peakKib === undefined ? undefined : Math.min(Math.round(this.#peakKib / KIB_PER_MB), this.#limitMb);
  }

  get isExceeded(): boolean {
    return (this.#peakKib ?? 0) > this.#limitMb * KIB_PER_MB;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.look(), LOOK_MS).unref();
  }

  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  look(): void {
    this.#peakKib = readPeakKib(this.#statusFile) ?? this.#peakKib;
    if (this.isExceeded) this.#onExceeded();
  }
}

/** `VmHWM:   56224 kB`; undefined where there is no such file, or no longer any memory. */
function readPeakKib(statusFile: string): number | undefined {
  try {
    const [, peak] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(statusFile, 'latin1')) ?? [];
    return peak === undefined ? undefined : Number(peak);
  } catch {
    return undefined;
  }
}
