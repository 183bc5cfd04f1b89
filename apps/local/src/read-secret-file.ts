import { readFile } from 'node:fs/promises';
import { LocalError } from './errors.ts';

/** Text of `--secret-file`; throws `local/secret-file-unreadable`. */
export async function readSecretFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new LocalError(
      'local/secret-file-unreadable',
      `cannot read --secret-file ${file} (${reason}): name a readable file`,
      {
        fault: 'configuration',
        cause,
      },
    );
  }
}
