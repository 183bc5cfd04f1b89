import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gitWay } from '../apps/source-clone/src/git-way.ts';
import { JobFixture } from '../packages/lanes/test/job-fixture.ts';
import { fillRepository } from './large-repository.ts';
import { type Measured, measurePulls, type Pull } from './measure-pulls.ts';
import { MeteredProxy } from './metered-proxy.ts';

const LARGE_FILES = 50_000;
const SIZES = [100, 500, 2000, 8000];
const LINE_MBITS = 100;

const size = (bytes: number) =>
  bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
const ms = (value: number) => `${value.toFixed(0)} ms`;
const row = (name: string, { bytes, ms: time }: Pull, rest = '') =>
  console.log(`  ${name.padEnd(34)} ${size(bytes).padStart(10)}  ${ms(time).padStart(8)}${rest}`);

const fixture = await JobFixture.start(gitWay());
const origin = new URL(fixture.git.https.origin);
const proxy = new MeteredProxy(Number(origin.port));
const port = await proxy.listen();
try {
  const { caCertificate } = fixture.git.https;
  writeFileSync(join(fixture.scratch, 'ca.pem'), caCertificate);
  fixture.secrets.set('connection', JSON.stringify({ host: '127.0.0.1', username: 'a', password: 'b', caCertificate }));

  const large = await open(LARGE_FILES);
  for (const mbits of [undefined, LINE_MBITS]) {
    await compare({ ...large, form: 'CODE_ZIP' }, 'git clone --depth 1', mbits);
  }
  console.log(`Where it begins to pay (trees, medians of 5): fresh fetch beside cached one`);
  for (const files of SIZES) {
    const measured: Measured = { ...(await open(files)), form: 'CODE_ZIP', rounds: 5 };
    const times: string[] = [];
    let fetched = 0;
    for (const mbits of [undefined, LINE_MBITS]) {
      setLine(mbits);
      const { fresh, cached, packed } = await measurePulls(measured);
      fetched = fresh.bytes;
      const byPack = packed && ` (by pack ${ms(packed.fresh.ms)} : ${ms(packed.cached.ms)})`;
      times.push(`${lineName(mbits)} ${ms(fresh.ms)} : ${ms(cached.ms)}${byPack ?? ''}`);
    }
    console.log(`  ${String(files).padStart(6)} files, ${size(fetched).padStart(10)}   ${times.join('   ')}`);
  }
  // Once, and last: each way writes 50,000 files.
  await compare({ ...large, form: 'FULL_CLONE', rounds: 1 }, 'git clone', LINE_MBITS);
} finally {
  proxy.close();
  await fixture.close();
}

async function open(files: number): Promise<Omit<Measured, 'form'>> {
  const repository = await fixture.git.createRepository(`bench/files${files}`, { access: 'public' });
  await fillRepository(repository, files);
  return { fixture, proxy, repository, url: repository.httpsUrl.replace(`:${origin.port}/`, `:${port}/`), rounds: 3 };
}

function setLine(mbits: number | undefined): void {
  proxy.bytesPerSecond = mbits === undefined ? undefined : (mbits * 1e6) / 8;
}

function lineName(mbits: number | undefined): string {
  return mbits === undefined ? 'loopback' : `${mbits} Mbit/s`;
}

async function compare(measured: Measured, peerName: string, mbits: number | undefined): Promise<void> {
  setLine(mbits);
  const { peer, fresh, cached, packed, keepMs } = await measurePulls(measured);
  const what = measured.form === 'CODE_ZIP' ? 'tree' : 'whole clone';
  console.log(
    `Push of a one-file change, ${LARGE_FILES} files, ${what}, server by ${lineName(mbits)} (medians of ${measured.rounds})`,
  );
  row(`peer: ${peerName}, no checkout`, peer);
  row('git, nothing cached', fresh);
  const gain = `   ${(peer.bytes / cached.bytes).toFixed(0)} × fewer bytes, ${(peer.ms / cached.ms).toFixed(1)} × as fast as the peer`;
  row('git, second push', cached, gain);
  if (packed !== undefined) {
    row('pack, nothing cached', packed.fresh);
    row('pack, second push', packed.cached);
  }
  console.log(`  ${'kept for the next push afterwards'.padEnd(34)} ${''.padStart(10)}  ${ms(keepMs).padStart(8)}`);
}
