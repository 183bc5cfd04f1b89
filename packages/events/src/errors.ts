import { CodedError } from './coded-error.ts';

/** What this package's parsers refuse. */
export type EventsErrorCode =
  | 'events/git-url-invalid'
  | 'events/ref-invalid'
  | 'events/commit-sha-invalid'
  | 'events/event-invalid';

/** Text or JSON that is not what it should be. The message shows the value without credentials. */
export class ParseError extends CodedError {
  declare readonly code: EventsErrorCode;

  constructor(code: EventsErrorCode, message: string, cause?: unknown) {
    super(code, message, { fault: 'configuration', retryable: false, cause });
  }
}

const MAX_SHOWN = 200;

/** A value as a message may show it: quoted, on one line, cut, and without the user part of a URL. */
export function shown(value: string): string {
  const bare = value.replace(/(:\/\/)[^\s/]*@/g, '$1***@');
  const cut = bare.length > MAX_SHOWN ? `${bare.slice(0, MAX_SHOWN)}…` : bare;
  return JSON.stringify(cut);
}
