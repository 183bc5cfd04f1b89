import { promisify } from 'node:util';
import { fromBuffer, type Entry as YauzlEntry, type ZipFile } from 'yauzl';

export interface ReadEntry {
  readonly mode: number;
  readonly content: Buffer;
}

/** Reads a zip back with a reader that shares no code with ours; checks sizes, checksums and names. */
export async function readBack(zip: Buffer): Promise<Map<string, ReadEntry>> {
  const file = await promisify<Buffer, object, ZipFile>(fromBuffer)(zip, {
    lazyEntries: true,
    validateEntrySizes: true,
    strictFileNames: true,
  });
  const found = new Map<string, ReadEntry>();
  return new Promise((resolve, reject) => {
    file.on('error', reject);
    file.on('end', () => resolve(found));
    file.on('entry', (item: YauzlEntry) => {
      file.openReadStream(item, (error, stream) => {
        if (error) return reject(error);
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('error', reject);
        stream.on('end', () => {
          if (found.has(item.fileName)) reject(new Error(`${item.fileName} is in the zip twice`));
          found.set(item.fileName, { mode: item.externalFileAttributes >>> 16, content: Buffer.concat(chunks) });
          file.readEntry();
        });
      });
    });
    file.readEntry();
  });
}
