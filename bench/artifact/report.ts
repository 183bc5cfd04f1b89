import { median } from '../median.ts';
import type { Contents } from './compare-with-checkout.ts';
import { CLONE_AND_ZIP, FLOOR, OURS, type Way } from './peers.ts';
import type { WayRun } from './run-way.ts';

/** One repository, all ways. */
export interface Compared {
  readonly name: string;
  readonly contents: Contents;
  readonly runs: ReadonlyMap<Way, readonly WayRun[]>;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
const of = (runs: readonly WayRun[], figure: (run: WayRun) => number) => median(runs.map(figure));

interface Ratios {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** How often our time goes into another's, round by round. */
function ratios(runs: readonly WayRun[], ours: readonly WayRun[]): Ratios {
  const each = runs.map(({ ms }, round) => ms / (ours[round]?.ms ?? Number.NaN));
  return { min: Math.min(...each), median: median(each), max: Math.max(...each) };
}

const COLUMNS = ['wall', 'CPU', 'peak', 'written', 'left', 'zip'].map((name) => name.padStart(11)).join('');

export function report({ name, contents: { files, bytes, differences }, runs }: Compared): void {
  const ours = runs.get(OURS) ?? [];
  const verdict = differences.length === 0 ? 'unpacked as a checkout' : `NOT as a checkout: ${differences.join('; ')}`;
  console.log(`${name}: ${files} files, ${megabytes(bytes)}, ${verdict}`);
  console.log(`  medians of ${ours.length}; wall of each way ÷ ours: min / median / max`);
  console.log(`  ${''.padEnd(30)}${COLUMNS}`);
  for (const [way, ran] of runs) {
    const zipBytes = ran[0]?.zipBytes;
    const columns = [
      seconds(of(ran, ({ ms }) => ms)),
      seconds(of(ran, ({ cpuMs }) => cpuMs)),
      megabytes(of(ran, ({ peakBytes }) => peakBytes)),
      megabytes(of(ran, ({ writtenBytes }) => writtenBytes)),
      megabytes(of(ran, ({ leftBytes }) => leftBytes)),
      zipBytes === undefined ? '' : megabytes(zipBytes),
    ];
    const { min, median: middle, max } = ratios(ran, ours);
    const shown = way === OURS ? '' : `   ${[min, middle, max].map((ratio) => ratio.toFixed(1)).join(' / ')}`;
    console.log(`  ${way.name.padEnd(30)}${columns.map((column) => column.padStart(11)).join('')}${shown}`);
  }
}

interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly was: string;
  readonly isReached: boolean;
}

const MEMORY_BYTES = 256 * 1024 * 1024;
/** Of `PACK_LIMITS`: the packed bytes that stay in memory. */
const PACK_IN_MEMORY_BYTES = 32 * 1024 * 1024;
/** From here on one pass must be faster than to fetch and then to read. */
const FLOOR_FROM_BYTES = 40e6;
const LARGE_BYTES = 300e6;

/** Which of the targets are reached; they are those of the generated shapes in full size. */
export function reportTargets(all: readonly Compared[], scale: number): void {
  console.log(scale === 1 ? 'Targets' : `Targets (they are meant for --scale 1, and this is ${scale})`);
  for (const compared of all) {
    for (const { what, wanted, was, isReached } of targetsOf(compared)) {
      const row = `${compared.name.padEnd(10)} ${what.padEnd(34)}${wanted.padStart(14)}${was.padStart(12)}`;
      console.log(`  ${row}   ${isReached ? 'reached' : 'NOT reached'}`);
    }
  }
}

function* targetsOf({ name, contents, runs }: Compared): Generator<Target> {
  const ours = runs.get(OURS) ?? [];
  const own = ours[0]?.own;
  if (own === undefined) return;
  const clone = runs.get(CLONE_AND_ZIP);
  if (clone !== undefined) {
    const { median: times } = ratios(clone, ours);
    const wanted = wantedTimes(name, contents.bytes);
    yield target(`faster than ${CLONE_AND_ZIP.name}`, `≥ ${wanted} ×`, `${times.toFixed(1)} ×`, times >= wanted);
    const size = (own.zipBytes ?? Number.NaN) / (clone[0]?.zipBytes ?? Number.NaN);
    yield target('zip beside Info-ZIP', '≤ 1.05 ×', `${size.toFixed(3)} ×`, size <= 1.05);
  }
  const floor = runs.get(FLOOR);
  if (floor !== undefined && contents.bytes >= FLOOR_FROM_BYTES) {
    const share = 1 / ratios(floor, ours).median;
    yield target('time beside the floor', '< 1 ×', `${share.toFixed(2)} ×`, share < 1);
  }
  const peak = Math.max(...ours.map(({ peakBytes }) => peakBytes));
  if (peak > 0) yield target('peak memory', '≤ 268.4 MB', megabytes(peak), peak <= MEMORY_BYTES);
  const maxSpooled = own.packBytes > PACK_IN_MEMORY_BYTES ? own.packBytes : 0;
  const disk = own.spooledBytes + Math.max(...ours.map(({ leftBytes }) => leftBytes));
  yield target('disk', `≤ ${megabytes(maxSpooled)}`, megabytes(disk), disk <= maxSpooled);
}

/** Repositories other than the generated ones are measured by their size. */
function wantedTimes(name: string, contentBytes: number): number {
  if (name === 'small' || name === 'deltas') return 3.5;
  if (name === 'large' || contentBytes >= LARGE_BYTES) return 7;
  return name === 'many' || name === 'medium' || contentBytes >= FLOOR_FROM_BYTES ? 5 : 3.5;
}

function target(what: string, wanted: string, was: string, isReached: boolean): Target {
  return { what, wanted, was, isReached };
}
