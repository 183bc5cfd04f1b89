import { createWriteStream } from 'node:fs';
import { chmod, mkdir, symlink } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';

const FILE_TYPE = 0o170000;
const SYMLINK = 0o120000;
const EXECUTABLE = 0o111;

/** Unpacks a zip into a folder, with executable bits and symlinks; a name that leaves the folder throws, as do more than `maxBytes`. */
export async function extractZip(bytes: Buffer, folder: string, maxBytes = Number.POSITIVE_INFINITY): Promise<void> {
  // yauzl itself refuses absolute names, backslashes and `..`.
  const zip = await fromBufferPromise(bytes);
  const links: { readonly path: string; readonly target: string }[] = [];
  let left = maxBytes;
  for await (const entry of zip.eachEntry()) {
    // yauzl fails where an entry has another size than it says.
    left -= entry.uncompressedSize;
    if (left < 0) throw new Error(`it unpacks to more than ${maxBytes} bytes`);
    const path = resolve(folder, entry.fileName);
    if (path !== resolve(folder) && !path.startsWith(resolve(folder) + sep)) {
      throw new Error(`${entry.fileName} leaves the folder`);
    }
    const mode = entry.externalFileAttributes >>> 16;
    if (entry.fileName.endsWith('/')) await mkdir(path, { recursive: true });
    else if ((mode & FILE_TYPE) === SYMLINK) links.push({ path, target: await readText(zip, entry) });
    else await writeEntry(zip, entry, path, mode);
  }
  // Links come last, when all folders are there: nothing is written through one, not even another link.
  for (const { path } of links) await mkdir(dirname(path), { recursive: true });
  for (const { path, target } of links) await symlink(target, path);
}

async function writeEntry(zip: ZipFile, entry: Entry, path: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path));
  await chmod(path, (mode & EXECUTABLE) === 0 ? 0o644 : 0o755);
}

async function readText(zip: ZipFile, entry: Entry): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
