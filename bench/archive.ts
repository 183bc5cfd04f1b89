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
/** The same bytes in all: what was collected late is then the same, and a growth is the archive's. */
const SIZES_MEGABYTES = [5, 50, 500] as const;
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
  const ratios = rounds.map((round) => round.unpackAndZip / round.ours).sort((a, b) => a - b);
  const ratio = median(ratios);
  console.log(
    `Re-rooting ${megabytes(TREE_BYTES)} in ${files} files, ${megabytes(statSync(archive).size)} packed, file to file (medians of ${ROUNDS})`,
  );
  console.log(`  ${'unzip, then zip -r'.padEnd(28)} ${ms(peer)}`);
  console.log(`  ${'unzip -t (checks only)'.padEnd(28)} ${ms(median(rounds.map((round) => round.check)))}`);
  console.log(
    `  ${'reRootArchive'.padEnd(28)} ${ms(ours)}, ${ratios.map((value) => value.toFixed(1)).join(' ')} × faster (target ${TARGET_RATIO}: ${verdict(ratio >= TARGET_RATIO)})`,
  );
}

/** Files of 2 to 200 kB that do not pack (stored) or hardly (deflated), so that the archive has the size asked for. */
async function* noiseTree(bytes: number) {
  for (let left = bytes, n = 0; left > 0; n++) {
    const noise = randomBytes(2_000 + ((n * 7_919) % 1_000) * 198);
    const content = n % 2 === 0 ? noise : Buffer.from(noise.toString('base64'));
    left -= noise.length;
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

function peakBytes(what: 're-root' | 'read', file: string, times: number): number {
  const program = join(import.meta.dirname, 'archive-memory.ts');
  const child = ['--conditions=@gitsource/source', program, what, file, String(times)];
  return median([1, 2, 3, 4, 5].map(() => Number(execFileSync(process.execPath, child, { encoding: 'utf8' }))));
}

async function measureMemory(folder: string): Promise<void> {
  const archives: string[] = [];
  for (const size of SIZES_MEGABYTES) {
    const archive = join(folder, `${size}.zip`);
    await pipeline(writeZip(noiseTree(size * 1e6), { level: 1 }), createWriteStream(archive));
    archives.push(archive);
  }
  const largest = Math.max(...SIZES_MEGABYTES);
  console.log(
    "Peak memory of a process, Node's own included (medians of 5): re-rooting, beside reading and joining only",
  );
  const print = (size: number, times: number, peak: number, floor: number) =>
    console.log(`  ${`${size} MB, ${times} times`.padEnd(28)} ${megabytes(peak)} beside ${megabytes(floor)}`);
  const [small = ''] = archives;
  print(SIZES_MEGABYTES[0], 1, peakBytes('re-root', small, 1), peakBytes('read', small, 1));
  const peaks = archives.map((archive, n) => {
    const size = SIZES_MEGABYTES[n] ?? 1;
    const times = largest / size;
    const peak = peakBytes('re-root', archive, times);
    print(size, times, peak, peakBytes('read', archive, times));
    return peak;
  });
  const last = peaks.at(-1) ?? 0;
  for (const [n, peak] of peaks.slice(0, -1).entries()) {
    const growth = last / peak;
    const what = `  ${largest} MB beside ${SIZES_MEGABYTES[n]} MB`.padEnd(30);
    console.log(`${what} ${growth.toFixed(2)} × (target ${TARGET_GROWTH}: ${verdict(growth <= TARGET_GROWTH)})`);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'bench-archive-'));
try {
  await measureTime(folder);
  await measureMemory(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
