import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PackError } from '../errors.ts';

/** A file without a name: made when it is first written to, and gone with the process, however that ends. */
export class SpoolFile {
  readonly #folder: string;
  #descriptor: number | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Throws `pack/spool-failed`. */
  write(bytes: Buffer, position: number): void {
    try {
      this.#descriptor ??= this.#open();
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(this.#descriptor, bytes, at, bytes.length - at, position + at);
      }
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Fills `target` with what was written. Throws `pack/spool-failed`. */
  read(target: Buffer, position: number): void {
    try {
      if (this.#descriptor === undefined) throw new Error('nothing was written');
      for (let at = 0; at < target.length; ) {
        const bytes = readSync(this.#descriptor, target, at, target.length - at, position + at);
        if (bytes === 0) throw new Error('it is shorter than what was written');
        at += bytes;
      }
    } catch (error) {
      throw this.#failed(error);
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #open(): number {
    const file = join(this.#folder, `gitsource-pack-${randomUUID()}`);
    const descriptor = openSync(file, 'wx+', 0o600);
    unlinkSync(file);
    return descriptor;
  }

  #failed(cause: unknown): PackError {
    const reason = cause instanceof Error ? cause.message.replace(/ '.*/s, '') : 'unknown';
    const advice = 'Give the folder more room, or allow more memory';
    return new PackError('pack/spool-failed', `The pack cannot be kept in ${this.#folder} (${reason}). ${advice}.`, {
      cause,
    });
  }
}
