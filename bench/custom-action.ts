import { statSync } from 'node:fs';
import { join } from 'node:path';
import { startRehearsal } from '../apps/local/test/rehearsal.ts';
import { LAMBDAS } from './apps.ts';
import { measureFiveSecondPoller } from './five-second-poller.ts';
import { measureImport } from './import-time.ts';
import { measureOwnTime } from './own-time.ts';

const APPS = join(import.meta.dirname, '..', 'apps');
const TARGET_MS = 150;
const TARGET_RATIO = 1.2;

const ms = (value: number) => `${value.toFixed(0)} ms`;
const verdict = (isMet: boolean) => (isMet ? 'met' : 'MISSED');

console.log('Zips');
for (const app of ['custom-action', 'source-clone']) {
  console.log(`  ${app.padEnd(16)} ${(statSync(join(APPS, app, 'dist', `${app}.zip`)).size / 1024).toFixed(0)} KiB`);
}

console.log('Import of each Lambda, beside its SDK clients alone in a bundle of the same kind (medians of 15 pairs)');
for (const app of LAMBDAS) {
  const { importMs, clientsMs } = await measureImport(app);
  const ratio = importMs / clientsMs;
  console.log(
    `  ${app.name.padEnd(16)} ${ms(importMs)} : ${ms(clientsMs)} = ${ratio.toFixed(2)} (target ${TARGET_RATIO}: ${verdict(ratio <= TARGET_RATIO)})`,
  );
}

const rehearsal = await startRehearsal();
try {
  console.log('Own time of a warm execution in the embedded AWS (medians of 8)');
  const own = await measureOwnTime(rehearsal);
  for (const [name, value] of [
    ['STARTED → StartBuild', own.startedToBuildMs],
    ['upload → job result', own.uploadedToResultMs],
  ] as const) {
    console.log(`  ${name.padEnd(24)} ${ms(value)} (target ${TARGET_MS} ms: ${verdict(value < TARGET_MS)})`);
  }
  const peer = await measureFiveSecondPoller(rehearsal);
  console.log(
    `  ${'peer: 5-second polls'.padEnd(24)} ${ms(peer)} from the build's end to its report (median of 6), ${(peer / own.uploadedToResultMs).toFixed(0)} × ours`,
  );
} finally {
  await rehearsal.close();
}
