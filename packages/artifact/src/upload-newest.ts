import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ArtifactError } from './errors.ts';
import type { UploadCondition, UploadedArtifact } from './upload.ts';
import { uploadError } from './upload-error.ts';

/** One try at a time; each lost race means that another delivery of the same ref has just been uploaded. */
const MAX_TRIES = 8;
/** Metadata under which an object says which commit it holds. */
export const COMMIT_METADATA = 'commit';

/** The commit that a ref has now, ready to be uploaded. */
export interface NewestContent {
  readonly commit: string;
  /** Called only where the bucket does not have this commit yet. Throws `artifact/changed-meanwhile` where `condition` fails. */
  upload(condition: UploadCondition): Promise<UploadedArtifact>;
}

export type NewestOutcome =
  | { readonly kind: 'uploaded'; readonly commit: string; readonly uploaded: UploadedArtifact }
  | { readonly kind: 'already-there'; readonly commit: string }
  /** The ref is gone, and its last object stays. */
  | { readonly kind: 'ref-missing' };

export interface NewestTarget {
  readonly s3: Pick<S3Client, 'send'>;
  readonly bucket: string;
  readonly key: string;
}

/** Keeps what a ref has now; `lost`: somebody else was faster. */
export type KeepNewest = (newest: NewestContent) => Promise<NewestOutcome | 'lost'>;

/**
 * Reads a ref and gives what it has to `keep`, whose answer it passes on, also a second time where it reads it in another way;
 * `undefined` where the ref is gone.
 */
export type ReadNewest = (keep: KeepNewest) => Promise<NewestOutcome | 'lost' | undefined>;

/**
 * Makes the newest version of an object the newest commit of a ref, whatever the order in which pushes are told: the ref is
 * read after the object, and the object is replaced only if nobody else replaced it since. Who loses reads both again.
 * Throws `artifact/upload-contended`, and what `readRef` and `upload` throw.
 */
export async function uploadNewest(target: NewestTarget, readRef: ReadNewest): Promise<NewestOutcome> {
  for (let tried = 0; tried < MAX_TRIES; tried++) {
    const existing = await readExisting(target);
    const outcome = await readRef((newest) => keepNewest(existing, newest));
    if (outcome === undefined) return { kind: 'ref-missing' };
    if (outcome !== 'lost') return outcome;
  }
  throw new ArtifactError(
    'artifact/upload-contended',
    `s3://${target.bucket}/${target.key} was replaced by others ${MAX_TRIES} times while it was being replaced. It holds a commit of the same ref; the next push brings the newest.`,
    { fault: 'unavailable' },
  );
}

interface Existing {
  readonly etag: string;
  readonly commit?: string;
}

async function keepNewest(existing: Existing | undefined, newest: NewestContent): Promise<NewestOutcome | 'lost'> {
  const { commit } = newest;
  if (existing?.commit === commit) return { kind: 'already-there', commit };
  const condition: UploadCondition = existing === undefined ? { ifNoneMatch: '*' } : { ifMatch: existing.etag };
  try {
    return { kind: 'uploaded', commit, uploaded: await newest.upload(condition) };
  } catch (error) {
    if (!(error instanceof ArtifactError && error.code === 'artifact/changed-meanwhile')) throw error;
    return 'lost';
  }
}

async function readExisting({ s3, bucket, key }: NewestTarget): Promise<Existing | undefined> {
  try {
    const { ETag, Metadata } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    const commit = Metadata?.[COMMIT_METADATA];
    return { etag: ETag ?? '', ...(commit !== undefined && { commit }) };
  } catch (error) {
    if (error instanceof Error && (error.name === 'NotFound' || error.name === 'NoSuchKey')) return undefined;
    throw uploadError(error, bucket, key);
  }
}
