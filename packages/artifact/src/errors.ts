import { CodedError } from '@gitsource/events';

/** What can go wrong between a tree or an archive and the object in S3; listed with remedies in the README. */
export type ArtifactErrorCode =
  | 'artifact/unsafe-path'
  | 'artifact/symlink-escapes'
  | 'artifact/size-mismatch'
  | 'artifact/bucket-missing'
  | 'artifact/upload-denied'
  | 'artifact/key-denied'
  | 'artifact/upload-failed'
  | 'artifact/changed-meanwhile'
  | 'artifact/upload-contended'
  | 'artifact/thread-failed'
  | 'artifact/conversion-unsupported'
  | 'artifact/archive-not-zip'
  | 'artifact/archive-truncated'
  | 'artifact/archive-corrupt'
  | 'artifact/archive-unsupported'
  | 'artifact/archive-top-folder'
  | 'artifact/archive-too-large'
  | 'artifact/archive-other-commit';

/** A tree or archive that must not become an artifact, or an artifact that could not be stored. */
export class ArtifactError extends CodedError {
  declare readonly code: ArtifactErrorCode;
}
