/** What an object of a source says of itself in its metadata: `x-amz-meta-commit` and so on. */
export interface SourceMetadata {
  readonly commit: string;
  /** Full ref. Absent where it is too long for the metadata; the object's key has it too. */
  readonly ref?: string;
  /** Repository path. */
  readonly repository: string;
  /** Of its server, without port. Objects of before this was kept have none. */
  readonly host?: string;
  /** Of the webhook delivery that brought it. */
  readonly delivery: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html: 2 KB of names and values, here with some room. */
const MAX_BYTES = 1900;

/** As S3 takes it: printable ASCII, everything else and `%` percent-encoded as in URLs. */
export function writeSourceMetadata(metadata: SourceMetadata): Record<string, string> {
  const encoded = Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name, encode(String(value))] as const),
  );
  const bytes = Object.entries(encoded).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (bytes <= MAX_BYTES) return encoded;
  const { ref: _ref, ...others } = encoded;
  return others;
}

/** `undefined` for an object that is none of ours. */
export function readSourceMetadata(metadata: Readonly<Record<string, string>> | undefined): SourceMetadata | undefined {
  const { commit, ref, repository, host, delivery } = metadata ?? {};
  if (commit === undefined || repository === undefined) return undefined;
  return {
    commit,
    ...(ref !== undefined && { ref: decode(ref) }),
    repository: decode(repository),
    ...(host !== undefined && { host: decode(host) }),
    delivery: decode(delivery ?? ''),
  };
}

function encode(text: string): string {
  return text.replace(/[^\x21-\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
