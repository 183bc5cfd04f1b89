import { shownName, tooLarge } from './archive-errors.ts';
import type { ArchiveLimits } from './archive-limits.ts';

/** What has been inflated so far, held against the limits while it grows. */
export class UnpackedBudget {
  unpackedBytes = 0;
  readonly #limits: ArchiveLimits;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** `packedBytes` is all that the archive has taken up to here. Throws `artifact/archive-too-large`. */
  spend(bytes: number, packedBytes: number, name: string): void {
    this.unpackedBytes += bytes;
    const { maxUnpackedBytes, maxRatio, ratioFromBytes } = this.#limits;
    if (this.unpackedBytes > maxUnpackedBytes) {
      throw tooLarge(`at ${shownName(name)} it has more than ${maxUnpackedBytes} unpacked bytes`);
    }
    if (this.unpackedBytes > ratioFromBytes && this.unpackedBytes > maxRatio * packedBytes) {
      throw tooLarge(`at ${shownName(name)} it has more than ${maxRatio} unpacked bytes for each packed one`);
    }
  }
}
