export interface HandOverOptions extends ErrorOptions {
  /** It was known before anything was fetched, or comes from this one commit: the next one may well be done here. Default false. */
  readonly teachesNothing?: boolean;
}

/**
 * Thrown where this lane cannot do what is asked, and another one can: nobody is told of a failure, and no result is put.
 * Also the reason of a signal that ends the work before its time, memory or storage does.
 */
export class HandOver extends Error {
  override readonly name = 'HandOver';
  /** For the log, and for whoever takes over: `GitLfs is "true"`. */
  readonly why: string;
  readonly teachesNothing: boolean;

  constructor(why: string, { teachesNothing = false, ...options }: HandOverOptions = {}) {
    super(`Handed over: ${why}`, options);
    this.why = why;
    this.teachesNothing = teachesNothing;
  }
}
