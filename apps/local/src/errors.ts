import { CodedError } from '@gitsource/events';

/** What the `demo` and `local` programs report of themselves; failures of AWS or of the source action keep their own type. */
export class LocalError extends CodedError {}
