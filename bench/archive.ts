import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeZip } from '@gitsource/artifact';
import { reRootArchive } from '@gitsource/artifact/archives';
import { makeSourceArchive } from './archive-tree.ts';
import { median } from './median.ts';

const TREE_BYTES = 80_000_000;
const WARM_UP = 1;
const ROUNDS = 7;
const TARGET_RATIO = 20;
const SMALL_MEGABYTES = 5;
const LARGE_MEGABYTES = 500;
const TARGET_GROWTH = 1.1;

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
const ms = (value: number) => `${value.toFixed(0)} ms`;
const verdict = (isMet: boolean) => (isMet ? 'met' : 'MISSED');

function timed(command: string, cwd: string): number {
  const startedMs = performance.now();
  execFileSync('sh', ['-c', command], { cwd, stdio: 'ignore' });
  return performance.now() - startedMs;
}

async function timeReRooting(archive: string, target: string): Promise<number> {
  const startedMs = performance.now();
  const input = createReadStream(archive, { highWaterMark: 512 * 1024 });
  // What the upload to S3 waits for is longer still.
  const output = createWriteStream(target, { highWaterMark: 4 * 1024 * 1024 });
  await pipeline(reRootArchive(input, { topFolder: 'strip' }), output);
  return performance.now() - startedMs;
}

async function measureTime(folder: string): Promise<void> {
  const { archive, files } = makeSourceArchive(folder, TREE_BYTES);
  const target = join(folder, 're-rooted.zip');
  const rounds: { ours: number; unpackAndZip: number; check: number }[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const unpackAndZip = timed('unzip -q archive.zip -d x && cd x/* && zip -qry ../../again.zip .', folder);
    timed('rm -rf x again.zip', folder);
    const check = timed('unzip -tq archive.zip', folder);
    const ours = await timeReRooting(archive, target);
    if (round >= WARM_UP) rounds.push({ unpackAndZip, check, ours });
  }
  execFileSync('unzip', ['-tq', target], { stdio: 'ignore' });
  const peer = median(rounds.map((round) => round.unpackAndZip));
  const ours = median(rounds.map((round) => round.ours));
  const ratio = median(rounds.map((round) => round.unpackAndZip / round.ours));
  console.log(
    `Re-rooting ${megabytes(TREE_BYTES)} in ${files} files, ${megabytes(statSync(archive).size)} packed, file to file (medians of ${ROUNDS})`,
  );
  console.log(`  ${'unzip, then zip -r'.padEnd(28)} ${ms(peer)}`);
  console.log(`  ${'unzip -t (checks only)'.padEnd(28)} ${ms(median(rounds.map((round) => round.check)))}`);
  console.log(
    `  ${'reRootArchive'.padEnd(28)} ${ms(ours)}, ${ratio.toFixed(1)} × faster (target ${TARGET_RATIO}: ${verdict(ratio >= TARGET_RATIO)})`,
  );
}

/** Files of 2 to 200 kB that do not pack, so that the archive has the size asked for. */
async function* noiseTree(bytes: number) {
  for (let left = bytes, n = 0; left > 0; n++) {
    const content = randomBytes(2_000 + ((n * 7_919) % 1_000) * 198);
    left -= content.length;
    yield {
      path: `top/d${n % 50}/f${n}`,
      kind: 'file' as const,
      size: content.length,
      async *content() {
        yield content;
      },
    };
  }
}

function peakBytes(file: string, times: number): number {
  return median([1, 2, 3].map(() => peakOfProcess(file, times)));
}

function peakOfProcess(file: string, times: number): number {
  const child = ['--conditions=@gitsource/source', join(import.meta.dirname, 'archive-memory.ts'), file, String(times)];
  return Number(execFileSync(process.execPath, child, { encoding: 'utf8' }));
}

async function measureMemory(folder: string): Promise<void> {
  const [small, large] = [join(folder, 'small.zip'), join(folder, 'large.zip')];
  await pipeline(writeZip(noiseTree(SMALL_MEGABYTES * 1e6), { level: 1 }), createWriteStream(small));
  await pipeline(writeZip(noiseTree(LARGE_MEGABYTES * 1e6), { level: 1 }), createWriteStream(large));
  const times = LARGE_MEGABYTES / SMALL_MEGABYTES;
  const cold = peakBytes(small, 1);
  const warm = peakBytes(small, times);
  const one = peakBytes(large, 1);
  const growth = one / warm;
  console.log("Peak memory of a process, Node's own and the SDK's included (medians of 3)");
  console.log(
    `  ${`${SMALL_MEGABYTES} MB, once`.padEnd(28)} ${megabytes(cold)} (ends before memory must be collected)`,
  );
  console.log(`  ${`${SMALL_MEGABYTES} MB, ${times} times`.padEnd(28)} ${megabytes(warm)}`);
  console.log(
    `  ${`${LARGE_MEGABYTES} MB, once`.padEnd(28)} ${megabytes(one)}, ${growth.toFixed(2)} × (target ${TARGET_GROWTH}: ${verdict(growth <= TARGET_GROWTH)})`,
  );
}

const folder = mkdtempSync(join(tmpdir(), 'bench-archive-'));
try {
  await measureTime(folder);
  await measureMemory(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
