import type { StepLog } from './step-log.ts';

/** Names of encodings are free text. */
const MAX_SHOWN_CHARACTERS = 60;
const MAX_SHOWN = 5;

/** How many files came out otherwise than they are committed, as with a checkout, and by which attributes. */
export class Conversions {
  #files = 0;
  readonly #attributes = new Set<string>();

  /** One file; its attributes as they are written: `eol=crlf`. */
  readonly note = (attributes: readonly string[]): void => {
    this.#files += 1;
    for (const attribute of attributes) this.#attributes.add(attribute.slice(0, MAX_SHOWN_CHARACTERS));
  };

  /** Says so in one line, where there were any. */
  tell(log: Pick<StepLog, 'line'>): void {
    if (this.#files === 0) return;
    const more = this.#attributes.size - MAX_SHOWN;
    const shown = [...this.#attributes].sort().slice(0, MAX_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
    log.line(`Converted ${this.#files} ${this.#files === 1 ? 'file' : 'files'} as a checkout does, by ${shown}`);
  }
}
