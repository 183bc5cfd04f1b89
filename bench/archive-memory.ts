import { createReadStream } from 'node:fs';
import { reRootArchive } from '@gitsource/artifact/archives';

// Run by archive.ts in a process of its own: re-roots a file as the zip download does (no threads), or only reads it and joins its chunks, as often as is said,
// and prints the highest memory seen. Not maxRSS: Linux lets a process begin with its parent's.
const [, , what = '', file = '', times = '1'] = process.argv;
let highest = 0;
for (let time = 0; time < Number(times); time++) {
  const archive = createReadStream(file);
  const chunks = what === 're-root' ? reRootArchive(archive, { topFolder: 'strip', threads: 0 }) : joined(archive);
  for await (const _chunk of chunks) highest = Math.max(highest, process.memoryUsage.rss());
}
console.log(highest);

/** What Node's collector lets pile up of the same bytes, in and out, without any of our work. */
async function* joined(archive: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  let waiting: Buffer[] = [];
  for await (const chunk of archive) {
    waiting.push(chunk);
    if (waiting.length < 4) continue;
    yield Buffer.concat(waiting);
    waiting = [];
  }
}
