import * as z from 'zod';

/**
 * What lies in the artifact store for `CODEBUILD_CLONE_REF`: where to clone from, not the code. AWS documents that it is a
 * JSON pointer that only CodeBuild can use, and not its form; this form is local-aws's own.
 */
const pointer = z.strictObject({
  kind: z.literal('CODEBUILD_CLONE_REF'),
  connectionArn: z.string(),
  fullRepositoryId: z.string(),
  branchName: z.string(),
  commitId: z.string(),
});
export type ClonePointer = z.infer<typeof pointer>;

export function writeClonePointer(parts: Omit<ClonePointer, 'kind'>): Buffer {
  return Buffer.from(JSON.stringify({ kind: 'CODEBUILD_CLONE_REF', ...parts } satisfies ClonePointer));
}

/** Undefined for anything else, a zip above all. */
export function readClonePointer(bytes: Buffer): ClonePointer | undefined {
  if (bytes[0] !== '{'.charCodeAt(0)) return undefined;
  try {
    return pointer.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
