export { ArtifactError, type ArtifactErrorCode } from './errors.ts';
export { type UploadArtifactOptions, type UploadedArtifact, uploadArtifact } from './upload.ts';
export { type WriteZipOptions, writeZip } from './write-zip.ts';
