export { checkOutEntries } from './checkout/check-out-entries.ts';
export type { CheckOutOptions } from './checkout/check-out-entry.ts';
export { ArtifactError, type ArtifactErrorCode } from './errors.ts';
export { readSourceMetadata, type SourceMetadata, writeSourceMetadata } from './source-metadata.ts';
export type { StreamedFile } from './streamed-file.ts';
export {
  type UploadArtifactOptions,
  type UploadCondition,
  type UploadedArtifact,
  type Uploader,
  uploadArtifact,
} from './upload.ts';
export {
  COMMIT_METADATA,
  type KeepNewest,
  type NewestContent,
  type NewestOutcome,
  type NewestTarget,
  type ReadNewest,
  uploadNewest,
} from './upload-newest.ts';
export { type CloneToZip, writeCloneZip } from './write-clone-zip.ts';
export { type WritePackedZipOptions, writePackedZip } from './write-packed-zip.ts';
export { type WriteZipOptions, writeZip } from './write-zip.ts';
