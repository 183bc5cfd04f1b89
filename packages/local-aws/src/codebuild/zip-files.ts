import { readFile, readlink } from 'node:fs/promises';
import { ZipFile } from 'yazl';
import type { CollectedFile } from './collect-files.ts';

/** A zip with modes, and symlinks as such. */
export async function zipFiles(files: readonly CollectedFile[]): Promise<Buffer> {
  const zip = new ZipFile();
  for (const { name, path, stats } of files) {
    const content = stats.isSymbolicLink() ? Buffer.from(await readlink(path)) : await readFile(path);
    zip.addBuffer(content, name, { mode: stats.mode, mtime: stats.mtime });
  }
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
