import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { startGitServer } from '@gitsource/local-git';
import { build } from 'esbuild';
import { median } from '../median.ts';
import { clear, cloneAndZip, fetchAndArchive, fetchAndRead, type Place, type Timed } from './peers.ts';
import { type RecordingServer, startRecordingServer } from './recording-server.ts';
import { fillWithShape, SHAPES, type Shape } from './shapes.ts';

const { values } = parseArgs({
  options: {
    shapes: { type: 'string', default: SHAPES.map(({ name }) => name).join(',') },
    scale: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
  },
});
const scale = Number(values.scale);
const rounds = Number(values.rounds);
const wanted = values.shapes.split(',');

interface Ours extends Timed {
  readonly peakBytes: number;
  readonly packBytes: number;
  readonly spooledBytes: number;
  readonly objects: number;
}

interface Round {
  readonly ours: Ours;
  readonly clone: Timed;
  readonly archive: Timed;
  readonly floor: Timed;
  readonly ourZipBytes: number;
  readonly theirZipBytes: number;
}

/** One file, as a build gets it. */
async function bundleOurs(): Promise<string> {
  const outfile = join(scratch, 'ours.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'ours.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    conditions: ['@gitsource/source', 'module'],
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);" },
  });
  return outfile;
}

/** Node would let garbage grow to a hundred megabytes before it looks. */
const FLAGS = ['--max-semi-space-size=8'];

async function runOurs({ url, caFile, folder }: Place): Promise<Ours> {
  const args = [...FLAGS, program, url, caFile, join(folder, 'out.zip')];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Ours;
}

/** Each way once; they take turns, so that a slow moment of the machine meets all of them. */
async function runRound(place: Place): Promise<Round> {
  const zipBytes = () => statSync(join(place.folder, 'out.zip')).size;
  const ours = await runOurs(place);
  const ourZipBytes = zipBytes();
  clear(place);
  const clone = await cloneAndZip(place);
  const theirZipBytes = zipBytes();
  clear(place);
  const archive = await fetchAndArchive(place);
  clear(place);
  const floor = await fetchAndRead(place);
  clear(place);
  return { ours, clone, archive, floor, ourZipBytes, theirZipBytes };
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

function row(name: string, timed: readonly Timed[], ours: readonly Timed[]): void {
  const ratios = timed.map(({ ms }, round) => ms / (ours[round]?.ms ?? Number.NaN));
  const shown = [Math.min(...ratios), median(ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(1)).join(' / ');
  const wall = seconds(median(timed.map(({ ms }) => ms))).padStart(9);
  const cpu = seconds(median(timed.map(({ cpuMs }) => cpuMs))).padStart(9);
  console.log(`  ${name.padEnd(32)}${wall}  CPU${cpu}${timed === ours ? '' : `   ${shown} × ours`}`);
}

function report(shape: Shape, results: readonly Round[]): void {
  const ours = results.map((round) => round.ours);
  const [first] = results;
  if (first === undefined) return;
  console.log(
    `${shape.name}: ${Math.round(shape.files * scale)} files, ${megabytes(shape.bytes * scale)}, pack ${megabytes(first.ours.packBytes)} (medians of ${results.length}; min / median / max)`,
  );
  row('packTree → writePackedZip', ours, ours);
  row(
    'clone --depth 1, zip -r',
    results.map(({ clone }) => clone),
    ours,
  );
  row(
    'fetch, git archive',
    results.map(({ archive }) => archive),
    ours,
  );
  row(
    'floor: fetch, read every blob',
    results.map(({ floor }) => floor),
    ours,
  );
  const sizeRatio = (first.ourZipBytes / first.theirZipBytes).toFixed(3);
  const peak = megabytes(median(ours.map(({ peakBytes }) => peakBytes)));
  console.log(
    `  ours: peak ${peak}, spooled ${megabytes(first.ours.spooledBytes)}, zip ${megabytes(first.ourZipBytes)} (${sizeRatio} × Info-ZIP)`,
  );
}

const scratch = mkdtempSync(join(tmpdir(), 'bench-artifact-'));
const program = await bundleOurs();
const server = await startGitServer({ folder: join(scratch, 'server') });
let recorded: RecordingServer | undefined;
try {
  recorded = await startRecordingServer(server.https);
  const caFile = join(scratch, 'ca.pem');
  writeFileSync(caFile, recorded.caCertificate);
  for (const shape of SHAPES.filter(({ name }) => wanted.includes(name))) {
    const made = await server.createRepository(`bench/${shape.name}`, { access: 'public' });
    await fillWithShape(made.folder, shape, scale);
    const folder = join(scratch, shape.name);
    mkdirSync(folder);
    const place = { url: made.httpsUrl.replace(server.https.origin, recorded.origin), caFile, folder };
    // The first of each is for the recording.
    await runRound(place);
    const results: Round[] = [];
    for (let round = 0; round < rounds; round++) results.push(await runRound(place));
    report(shape, results);
    rmSync(folder, { recursive: true });
  }
} finally {
  recorded?.close();
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
}
