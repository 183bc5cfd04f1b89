import { createReadStream } from 'node:fs';
import { reRootArchive } from '@gitsource/artifact/archives';

// Run by archive.ts in a process of its own: re-roots a file as often as is said, and prints the highest memory seen.
// Not maxRSS: Linux lets a process begin with its parent's.
const [, , file = '', times = '1'] = process.argv;
let highest = 0;
for (let time = 0; time < Number(times); time++) {
  for await (const _chunk of reRootArchive(createReadStream(file), { topFolder: 'strip' })) {
    highest = Math.max(highest, process.memoryUsage.rss());
  }
}
console.log(highest);
