import type { LocalEntry } from './local-entry.ts';

/** Linux's PATH_MAX less the NUL: no link can hold more. */
export const MAX_TARGET_BYTES = 4_095;
/** What keeping one costs beside its bytes, roughly. */
const KEPT_OVERHEAD_BYTES = 128;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Contents that may turn out to be links' targets: which they are, only the archive's end tells. Kept are short texts
 * without control characters. Nearly every text file ends its lines and is let go; a link to such a name is refused.
 */
export class LinkTargets {
  readonly #kept = new Map<LocalEntry['archiveOffset'], string>();
  readonly #maxKeptBytes: number;
  #keptBytes = 0;

  constructor(maxKeptBytes: number) {
    this.#maxKeptBytes = maxKeptBytes;
  }

  consider(archiveOffset: number, content: Uint8Array): void {
    const cost = content.length + KEPT_OVERHEAD_BYTES;
    if (content.length === 0 || content.length > MAX_TARGET_BYTES || this.#keptBytes + cost > this.#maxKeptBytes)
      return;
    if (content.some((byte) => byte < 0x20 || byte === 0x7f)) return;
    try {
      this.#kept.set(archiveOffset, UTF8.decode(content));
      this.#keptBytes += cost;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** `undefined`: not kept, so no target that an artifact may have, or too much was kept before it. */
  target(archiveOffset: number): string | undefined {
    return this.#kept.get(archiveOffset);
  }
}
