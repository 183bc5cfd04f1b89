import { crc32 } from 'node:zlib';
import type { CommitSha } from '@gitsource/events';
import { PackError } from '../errors.ts';
import { type ObjectId, parseObjectId } from '../objects/object-id.ts';
import { PackSeries, type PackSeriesOptions } from '../objects/pack-series.ts';
import type { FoundObject } from '../objects/packed-object.ts';
import type { RemoteRef } from '../protocol/list-refs.ts';
import type { ObjectFormat } from '../protocol/open-session.ts';
import { parseParents } from '../tree/parse-commit.ts';
import { LinkedObjects, linkOfTag } from './linked-objects.ts';
import { type IndexedObject, makePackIndex } from './pack-index.ts';

/** A pack of whole histories that is read while it arrives: where everything lies, and whether anything is missing. */
export class CloneReading {
  readonly format: ObjectFormat;
  readonly series: PackSeries;
  readonly #links: LinkedObjects;
  readonly #indexed: IndexedObject[] = [];

  constructor(pack: AsyncIterable<Uint8Array>, format: ObjectFormat, options: PackSeriesOptions) {
    this.format = format;
    this.series = new PackSeries(format, options, (object, content) => {
      this.#links.see(object, content);
      this.#indexed.push(this.#toIndexed(object));
    });
    this.#links = new LinkedObjects(this.series);
    this.series.add(pack);
  }

  /** Every byte of the pack while it arrives; ends when all is there that its objects and these refs name. */
  async *chunks(refs: readonly RemoteRef[]): AsyncGenerator<Uint8Array> {
    const { bytes } = this.series;
    for (let given = 0, more = true; more; ) {
      more = await this.series.advance();
      yield* bytes.pieces(given, bytes.length - given);
      given = bytes.length;
    }
    this.#links.expectNoneMissing();
    for (const { name, sha } of refs) {
      if (this.series.objects.find(parseObjectId(sha)) === undefined) throw lacks(`${sha}, which is ${name}`);
    }
  }

  /** When the pack has ended. Throws `pack/corrupt`. */
  makeIndex(): Buffer {
    const { bytes, idBytes } = this.series;
    return makePackIndex(this.format, this.#indexed, bytes.view(bytes.length - idBytes, idBytes));
  }

  /** What an annotated tag stands for in the end; `undefined` for anything else. */
  peel(sha: CommitSha): ObjectId | undefined {
    const { contents, objects } = this.series;
    let target: ObjectId | undefined;
    for (let id = parseObjectId(sha); ; id = target) {
      const found = objects.find(id);
      if (found?.resolved.kind !== 'tag') return target;
      target = linkOfTag(id, contents.contentOf(found)).id;
    }
  }

  /** Throws `pack/not-a-commit` where a commit is neither that of a ref nor one that came before it. */
  expectOnRef(ref: RemoteRef, sha: CommitSha): void {
    const { contents, objects } = this.series;
    const commit = parseObjectId(sha);
    // A set also gives what is added while it is gone through.
    const seen = new Set([this.peel(ref.sha) ?? parseObjectId(ref.sha)]);
    for (const id of seen) {
      if (id === commit) return;
      const found = objects.find(id);
      if (found?.resolved.kind !== 'commit') continue;
      for (const parent of parseParents(contents.contentOf(found))) seen.add(parent);
    }
    throw new PackError('pack/not-a-commit', `${sha} is not a commit of ${ref.name}. Name one that is.`);
  }

  #toIndexed({ offset, start, packedBytes, resolved: { id } }: FoundObject): IndexedObject {
    let checksum = 0;
    for (const piece of this.series.bytes.pieces(offset, start - offset + packedBytes)) {
      checksum = crc32(piece, checksum);
    }
    return { id, offset, crc32: checksum };
  }
}

function lacks(what: string): PackError {
  return new PackError('pack/object-missing', `The pack lacks ${what}. Run git fsck on the server.`);
}
