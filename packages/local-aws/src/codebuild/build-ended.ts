import type { PhaseContext, TerminalStatus } from './records.ts';

/** Why a build ends before its commands do: it is stopped, takes too long, or this process ends. */
export class BuildEnded extends Error {
  readonly status: TerminalStatus;

  constructor(status: TerminalStatus, message: string) {
    super(message);
    this.name = 'BuildEnded';
    this.status = status;
  }

  get context(): PhaseContext {
    return { statusCode: `BUILD_${this.status}`, message: this.message };
  }
}
