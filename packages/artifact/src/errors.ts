import { CodedError } from '@gitsource/events';

/** What can go wrong between a tree and the object in S3; listed with remedies in the README. */
export type ArtifactErrorCode =
  | 'artifact/unsafe-path'
  | 'artifact/symlink-escapes'
  | 'artifact/size-mismatch'
  | 'artifact/bucket-missing'
  | 'artifact/upload-denied'
  | 'artifact/key-denied'
  | 'artifact/upload-failed';

/** A tree that must not become an artifact, or an artifact that could not be stored. */
export class ArtifactError extends CodedError {
  declare readonly code: ArtifactErrorCode;
}
