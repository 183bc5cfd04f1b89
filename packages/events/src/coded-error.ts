/**
 * Whose move a failure is. Each package classifies its own errors; `job-protocol` turns the class into one of
 * CodePipeline's failure types, so no other package needs to know CodePipeline.
 */
export type Fault =
  /** A value that a person configured is wrong: the pipeline, the template or the connection must change. */
  | 'configuration'
  /** Credentials, host key, certificate or policy refused. */
  | 'permission'
  /** The ref or commit does not exist. */
  | 'revision-missing'
  /** The commit asked for is no longer what the ref holds. */
  | 'revision-moved'
  /** The other side is down, slow or throttling; the same call may succeed later. */
  | 'unavailable'
  /** Anything else: the job failed. */
  | 'failed';

export interface CodedErrorOptions {
  readonly fault: Fault;
  /** Only what can succeed when repeated unchanged. Default: `fault === 'unavailable'`. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/**
 * A broken promise with a stable code. The message says what failed, on what, and what to do; it holds no secret and
 * no response body. Codes are `<package>/<kebab-case>` and listed in `docs/troubleshooting.md`.
 */
export class CodedError extends Error {
  readonly code: string;
  readonly fault: Fault;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: CodedErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.fault = options.fault;
    this.retryable = options.retryable ?? options.fault === 'unavailable';
  }
}
