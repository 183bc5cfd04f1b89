import { ArtifactError } from './errors.ts';

/** What the SDK's errors say of themselves; read by shape, because a bundle may hold the class twice. */
interface ServiceFailure {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
}

/** Turns an error of S3, or of the way there, into a coded one that names the object and the remedy. */
export function uploadError(error: unknown, bucket: string, key: string): ArtifactError {
  const { name, message, status } = readFailure(error);
  const object = `s3://${bucket}/${key}`;
  const reason = `${name}: ${message.slice(0, 500)}`;
  if (status === 412 || name === 'ConditionalRequestConflict' || name === 'NoSuchKey') {
    return new ArtifactError(
      'artifact/changed-meanwhile',
      `${object} was replaced or deleted by somebody else during the upload (${reason}). Upload again.`,
      { fault: 'unavailable', cause: error },
    );
  }
  if (name === 'NoSuchBucket' || (status === 404 && name !== 'NoSuchUpload')) {
    return new ArtifactError(
      'artifact/bucket-missing',
      `The bucket ${bucket} does not exist in this Region (${reason}). Correct the pipeline's artifact store.`,
      { fault: 'configuration', cause: error },
    );
  }
  if (name.startsWith('KMS.') || /\bkms:/i.test(message)) {
    return new ArtifactError(
      'artifact/key-denied',
      `${object} cannot be encrypted with the pipeline's KMS key (${reason}). Enable the key, and allow the pipeline's role kms:GenerateDataKey and kms:Decrypt in its policy and in the key's.`,
      { fault: 'permission', cause: error },
    );
  }
  if (status === 401 || status === 403) {
    return new ArtifactError(
      'artifact/upload-denied',
      `S3 refused to store ${object} (${reason}). Allow the pipeline's role s3:PutObject there, and check the bucket's policy.`,
      { fault: 'permission', cause: error },
    );
  }
  const unavailable = status === undefined || status === 429 || status >= 500 || name === 'RequestTimeout';
  return new ArtifactError(
    'artifact/upload-failed',
    `${object} could not be stored (${reason}). Run the action again; if it stays so, check the network's way to S3.`,
    { fault: unavailable ? 'unavailable' : 'failed', cause: error },
  );
}

function readFailure(error: unknown): ServiceFailure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), status: undefined };
  const metadata: unknown = Reflect.get(error, '$metadata');
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  return { name: error.name, message: error.message, status: typeof status === 'number' ? status : undefined };
}
