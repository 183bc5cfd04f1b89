import yauzl from 'yauzl';

export interface ZipEntry {
  readonly mode: number;
  readonly content: string;
}

/** Every entry of a zip by path, read by another reader than the one that the project ships. */
export async function readZip(bytes: Uint8Array): Promise<Map<string, ZipEntry>> {
  const zip = await yauzl.fromBufferPromise(Buffer.from(bytes));
  const entries = new Map<string, ZipEntry>();
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    entries.set(entry.fileName, {
      mode: entry.externalFileAttributes >>> 16,
      content: Buffer.concat(chunks).toString(),
    });
  }
  return entries;
}
