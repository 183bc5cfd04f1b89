import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleOurs } from './bundle-ours.ts';
import { type Contents, compareWithCheckout } from './compare-with-checkout.ts';
import { FLOOR, missing, OURS, PEERS, wayEnvironment } from './peers.ts';
import { type Compared, report, reportTargets } from './report.ts';
import { runWay, type Site } from './run-way.ts';
import type { LinkOptions, ServedLinks } from './serve-links.ts';
import type { RepositoryOptions, ServedRepository } from './serve-repository.ts';
import type { S3Options, ServedBucket } from './serve-s3.ts';
import { SHAPES } from './shapes.ts';
import { type StartedProcess, startProcess } from './start-process.ts';

const { values } = parseArgs({
  options: {
    shapes: { type: 'string', default: SHAPES.map(({ name }) => name).join(',') },
    scale: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    repo: { type: 'string', multiple: true, default: [] },
    links: { type: 'string' },
    keep: { type: 'string' },
    threads: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const scale = Number(values.scale);
const [inMegabytes, outMegabytes] = (values.links ?? '').split('/').map(Number);

const scratch = mkdtempSync(join(tmpdir(), 'bench-artifact-'));
const repositories = values.keep ?? join(scratch, 'repositories');
const ownEnvironment = { PROGRAM: await bundleOurs(scratch), THREADS: values.threads ?? '', ...wayEnvironment() };
const ways = [OURS, ...PEERS, FLOOR].filter((way) => {
  const lacks = missing(way, ownEnvironment);
  if (lacks.length > 0) console.log(`left out, because ${lacks.join(' and ')} is not here: ${way.name}`);
  return lacks.length === 0;
});

/** Every way once in each round, in turns, so that a slow moment of the machine meets all of them. */
async function compare(name: string, contents: Contents, site: Site): Promise<Compared> {
  const runs = new Map(ways.map((way) => [way, [] as Awaited<ReturnType<typeof runWay>>[]]));
  for (let round = 0; round < rounds; round++) {
    const turn = round % ways.length;
    for (const way of [...ways.slice(turn), ...ways.slice(0, turn)]) runs.get(way)?.push(await runWay(way, site));
  }
  return { name, contents, runs };
}

async function compareRepository(
  name: string,
  source: RepositoryOptions['source'],
  bucket: ServedBucket,
): Promise<Compared> {
  const options: RepositoryOptions = { folder: repositories, source };
  const served = await startProcess<ServedRepository>('serve-repository.ts', options);
  try {
    const caFile = join(scratch, 'ca.pem');
    writeFileSync(caFile, served.ready.caCertificate);
    const folder = join(scratch, 'run');
    mkdirSync(folder, { recursive: true });
    const site: Site = { url: served.ready.url, caFile, folder, bucket, environment: ownEnvironment };
    // The first of each is for the recording.
    for (const way of ways) await runWay(way, site);
    const contents = await compareWithCheckout(site);
    const compared = await compare(name, contents, site);
    report(compared);
    if (values.links !== undefined) await compareBySlowLinks(name, contents, site);
    return compared;
  } finally {
    await served.close();
  }
}

async function compareBySlowLinks(name: string, contents: Contents, site: Site): Promise<void> {
  const options: LinkOptions = {
    gitPort: Number(new URL(site.url).port),
    s3Port: Number(new URL(site.bucket.endpointUrl).port),
    inBytesPerSecond: (inMegabytes ?? Number.NaN) * 1e6,
    outBytesPerSecond: (outMegabytes ?? Number.NaN) * 1e6,
  };
  const links = await startProcess<ServedLinks>('serve-links.ts', options);
  try {
    const bucket = { ...site.bucket, endpointUrl: withPort(site.bucket.endpointUrl, links.ready.s3Port) };
    const url = withPort(site.url, links.ready.gitPort);
    const linked = `${name}, ${inMegabytes} MB/s in and ${outMegabytes} MB/s out`;
    report(await compare(linked, contents, { ...site, url, bucket }));
  } finally {
    await links.close();
  }
}

function withPort(url: string, port: number): string {
  return url.replace(/:\d+/, `:${port}`);
}

function sources(): readonly (readonly [name: string, source: RepositoryOptions['source']])[] {
  if (values.repo.length > 0) return values.repo.map((url) => [url, { url }]);
  return values.shapes.split(',').map((shape) => [shape, { shape, scale }]);
}

const s3Options: S3Options = { folder: join(scratch, 's3') };
const s3: StartedProcess<ServedBucket> = await startProcess('serve-s3.ts', s3Options);
try {
  const compared: Compared[] = [];
  for (const [name, source] of sources()) compared.push(await compareRepository(name, source, s3.ready));
  reportTargets(compared, scale);
} finally {
  await s3.close();
  rmSync(scratch, { recursive: true, force: true });
}
