import type { PhaseContext } from './records.ts';

/** Ends a phase of a build as FAILED, with what BatchGetBuilds then shows. */
export class BuildFailure extends Error {
  /** `YAML_FILE_ERROR` */
  readonly statusCode: string;

  constructor(statusCode: string, message: string) {
    super(message);
    this.name = 'BuildFailure';
    this.statusCode = statusCode;
  }

  get context(): PhaseContext {
    return { statusCode: this.statusCode, message: this.message };
  }
}
