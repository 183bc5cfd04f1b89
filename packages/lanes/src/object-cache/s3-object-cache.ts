import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { DeleteObjectsCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ArtifactError, type UploadCondition, uploadArtifact } from '@gitsource/artifact';
import type { CachedObjects, ObjectCache, PackFile } from '@gitsource/git';
import { type StepLog, showBytes } from '../step-log.ts';
import { type CacheIndex, MAX_INDEX_BYTES, parseCacheIndex } from './cache-index.ts';
import type { LeftObjects, PackStream } from './left-objects.ts';
import { type CacheUpdate, planUpdate } from './plan-update.ts';

export interface CachePlace {
  readonly s3: S3Client;
  readonly bucket: string;
  /** Of all keys, without a slash at the end: `git.example.com/team/app/tree`. Also what the index names as its repository. */
  readonly prefix: string;
  readonly log: StepLog;
  readonly signal: AbortSignal;
  /** A name that no pack had before: a pack is written once. */
  readonly randomName: () => string;
  /** Smaller fetches are not kept. Default `MIN_CACHED_BYTES`. */
  readonly minBytes?: number;
}

/** The index is small; an S3 that does not give it in this time would not give the packs either. */
const INDEX_TIMEOUT_MS = 20_000;

/**
 * Packs of one repository in S3, each under a name of its own and never changed, and an index that names them. A new index is
 * written only over the one that was read, so of two builds at once one keeps what it fetched and the other takes its packs
 * away again: no index ever names a pack that is half there or of another state. Whatever fails is a line of the log.
 */
export class S3ObjectCache implements ObjectCache {
  readonly #place: CachePlace;
  #etag: string | undefined;
  /** As last read, also where it was dropped: its packs are to be deleted. */
  #read: CacheIndex | undefined;
  #used: CacheIndex | undefined;

  constructor(place: CachePlace) {
    this.#place = place;
  }

  async load(): Promise<CachedObjects | undefined> {
    const { prefix, log } = this.#place;
    this.#etag = this.#read = this.#used = undefined;
    const text = await this.#readIndex();
    if (text === undefined) return undefined;
    const index = parseCacheIndex(text);
    if (index === undefined || index.repository !== prefix) throw new Error('its index is not one of this repository');
    this.#read = this.#used = index;
    const bytes = index.packs.reduce((total, pack) => total + pack.bytes, 0);
    log.line(`Using the cache: ${index.packs.length} packs, ${showBytes(bytes)}`);
    return { ...index, packs: index.packs.map((pack) => () => this.#readPack(pack)) };
  }

  dropped(reason: string): void {
    this.#used = undefined;
    this.#place.log.line(`The cache is not used: ${reason}`);
  }

  /** Keeps what a fetch left, where that pays; to be called when nothing waits any more. */
  async keep(objects: LeftObjects): Promise<void> {
    const { log, signal, minBytes } = this.#place;
    const update = planUpdate(this.#used, objects, minBytes);
    if (update === 'nothing' || signal.aborted) return;
    try {
      await log.step(
        () => this.#write(update, objects),
        (kept) => kept,
      );
    } catch (error) {
      log.line(`The cache is not updated: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #write(update: Exclude<CacheUpdate, 'nothing'>, objects: LeftObjects): Promise<string> {
    const stored = update === 'rewrite' ? await objects.rewrite() : objects.received;
    const written: { name: string; bytes: number }[] = [];
    try {
      for (const pack of stored.packs) written.push(await this.#writePack(pack));
      const packs = update === 'add' ? [...(this.#used?.packs ?? []), ...written] : written;
      await this.#writeIndex({ packs, tips: [...stored.tips], shallow: [...stored.shallow] });
    } catch (error) {
      await this.#delete(written);
      if (!(error instanceof ArtifactError && error.code === 'artifact/changed-meanwhile')) throw error;
      return 'Another build has updated the cache meanwhile';
    }
    if (update !== 'add') await this.#delete(this.#read?.packs ?? []);
    const bytes = written.reduce((total, pack) => total + pack.bytes, 0);
    return `Kept ${showBytes(bytes)} in the cache (${update})`;
  }

  async #readIndex(): Promise<string | undefined> {
    const { s3, bucket, signal } = this.#place;
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(INDEX_TIMEOUT_MS)]);
    try {
      const command = new GetObjectCommand({ Bucket: bucket, Key: this.#key('index.json') });
      const { Body, ContentLength = 0, ETag } = await s3.send(command, { abortSignal });
      this.#etag = ETag;
      if (ContentLength > MAX_INDEX_BYTES) {
        bodyOf(Body).destroy();
        throw new Error('its index is too large');
      }
      return (await Body?.transformToString()) ?? '';
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  async *#readPack({ name, bytes }: CacheIndex['packs'][number]): AsyncGenerator<Uint8Array> {
    const { s3, bucket, signal: abortSignal } = this.#place;
    const command = new GetObjectCommand({ Bucket: bucket, Key: this.#key(name) });
    const { Body, ContentLength } = await s3.send(command, { abortSignal });
    const body = bodyOf(Body);
    try {
      if (ContentLength !== bytes) throw new Error(`${name} is not as long as the index says`);
      yield* body;
    } finally {
      body.destroy();
    }
  }

  async #writePack(pack: PackFile | PackStream): Promise<{ name: string; bytes: number }> {
    const name = `${this.#place.randomName()}.pack`;
    return { name, bytes: await this.#upload(name, 'file' in pack ? createReadStream(pack.file) : inTurn(pack)) };
  }

  async #writeIndex(stored: Pick<CacheIndex, 'packs' | 'tips' | 'shallow'>): Promise<void> {
    const index: CacheIndex = { version: 1, repository: this.#place.prefix, ...stored };
    async function* body() {
      yield Buffer.from(JSON.stringify(index));
    }
    await this.#upload('index.json', body(), this.#etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: this.#etag });
  }

  async #upload(name: string, body: AsyncIterable<Uint8Array>, condition?: UploadCondition): Promise<number> {
    const { s3: client, bucket, signal } = this.#place;
    const { bytes } = await uploadArtifact({
      client,
      bucket,
      key: this.#key(name),
      encryptionKeyId: 'bucket-default',
      contentType: name.endsWith('.json') ? 'application/json' : 'application/x-git-packed-objects',
      body,
      ...(condition !== undefined && { condition }),
      signal,
    });
    return bytes;
  }

  /** What stays for any reason is removed by the bucket's lifecycle. */
  async #delete(packs: readonly { readonly name: string }[]): Promise<void> {
    if (packs.length === 0) return;
    const Objects = packs.map(({ name }) => ({ Key: this.#key(name) }));
    const command = new DeleteObjectsCommand({ Bucket: this.#place.bucket, Delete: { Objects, Quiet: true } });
    await this.#place.s3.send(command).catch(() => undefined);
  }

  #key(name: string): string {
    return `${this.#place.prefix}/${name}`;
  }
}

/** A stream that may fail when nobody reads it any more. */
function bodyOf(body: unknown): Readable {
  if (!(body instanceof Readable)) throw new Error('S3 gave no body');
  return body.on('error', () => undefined);
}

async function* inTurn({ chunks }: PackStream): AsyncGenerator<Uint8Array> {
  yield* chunks();
}
