import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseGitRef, parseGitUrl } from '@gitsource/events';
import { commitFiles, type LocalRepository, runGit } from '@gitsource/local-git';
import { fetchByGit } from '../apps/source-clone/src/git-way.ts';
import { S3ObjectCache } from '../packages/lanes/src/object-cache/s3-object-cache.ts';
import { readGitConnection } from '../packages/lanes/src/read-source-connection.ts';
import { CACHE, type JobFixture } from '../packages/lanes/test/job-fixture.ts';
import { median } from './median.ts';
import type { MeteredProxy } from './metered-proxy.ts';
import { pullByPack } from './pull-by-pack.ts';

export interface Pull {
  readonly bytes: number;
  readonly ms: number;
}

export interface Pulls {
  /** `git clone` of the same commit, without a checkout. */
  readonly peer: Pull;
  readonly fresh: Pull;
  readonly cached: Pull;
  /** The same two without git, of trees: every entry is read as well, but not zipped. */
  readonly packed?: { readonly fresh: Pull; readonly cached: Pull };
  /** After the zip is uploaded, when nothing waits any more. */
  readonly keepMs: number;
}

export interface Measured {
  readonly fixture: JobFixture;
  readonly proxy: MeteredProxy;
  readonly repository: LocalRepository;
  /** Of the repository, by way of the proxy. */
  readonly url: string;
  readonly form: 'CODE_ZIP' | 'FULL_CLONE';
  readonly rounds: number;
}

let changes = 0;

/** Each round pushes a change of one file and fetches it in each way; medians. */
export async function measurePulls(of: Measured): Promise<Pulls> {
  await pullCached(of);
  const isTree = of.form === 'CODE_ZIP';
  if (isTree) await packed(of, true);
  const rounds = [];
  const packs = [];
  for (let round = 0; round < of.rounds; round++) {
    const files = { 'src/part0/module0/file0.txt': `change ${changes++}\n` };
    await commitFiles(of.repository.folder, 'main', { message: 'one file', files });
    rounds.push({
      peer: await metered(of, () => cloneAnew(of)),
      fresh: await metered(of, async () => (await pull(of)).dispose()),
      cached: await pullCached(of),
    });
    if (isTree) packs.push({ fresh: await packed(of, false), cached: await packed(of, true) });
  }
  const middle = (pulls: readonly Pull[]) => ({
    bytes: median(pulls.map(({ bytes }) => bytes)),
    ms: median(pulls.map(({ ms }) => ms)),
  });
  return {
    peer: middle(rounds.map(({ peer }) => peer)),
    fresh: middle(rounds.map(({ fresh }) => fresh)),
    cached: middle(rounds.map(({ cached }) => cached)),
    ...(isTree && {
      packed: { fresh: middle(packs.map(({ fresh }) => fresh)), cached: middle(packs.map(({ cached }) => cached)) },
    }),
    keepMs: median(rounds.map(({ cached }) => cached.keepMs)),
  };
}

async function packed(of: Measured, isCached: boolean): Promise<Pull> {
  let finish = async (): Promise<void> => undefined;
  const measured = await metered(of, async () => {
    ({ finish } = await pullByPack(of, isCached));
  });
  await finish();
  return measured;
}

async function metered({ proxy }: Measured, run: () => Promise<unknown>): Promise<Pull> {
  proxy.received = 0;
  const start = performance.now();
  await run();
  return { ms: performance.now() - start, bytes: proxy.received };
}

async function cloneAnew({ fixture, url, form }: Measured): Promise<void> {
  const folder = mkdtempSync(join(fixture.scratch, 'peer-'));
  const depth = form === 'CODE_ZIP' ? ['--depth=1', '--single-branch'] : [];
  const certificate = join(fixture.scratch, 'ca.pem');
  await runGit(folder, ['-c', `http.sslCAInfo=${certificate}`, 'clone', '--quiet', '--bare', ...depth, url, 'clone']);
  rmSync(folder, { recursive: true });
}

async function pull({ fixture, url, form }: Measured, cache?: S3ObjectCache) {
  const gitUrl = parseGitUrl(url);
  const connection = await readGitConnection(fixture.pushPorts, { gitUrl, credentialsSecret: 'connection' });
  const request = {
    gitUrl,
    ref: parseGitRef('refs/heads/main'),
    outputArtifactFormat: form,
    submodules: 'none',
    gitLfs: false,
    paths: [],
  } as const;
  return fetchByGit(fixture.pushPorts, request, connection, cache);
}

async function pullCached(of: Measured): Promise<Pull & { keepMs: number }> {
  const { s3, log, signal } = of.fixture.pushPorts;
  const prefix = `${of.repository.name}/${of.form}`;
  // Whatever the size: where it begins to pay is to be seen.
  const cache = new S3ObjectCache({ s3, bucket: CACHE, prefix, log, signal, randomName: randomUUID, minBytes: 0 });
  let fetched: Awaited<ReturnType<typeof pull>> | undefined;
  const measured = await metered(of, async () => {
    fetched = await pull(of, cache);
  });
  const start = performance.now();
  if (fetched?.objects !== undefined) await cache.keep(fetched.objects);
  const keepMs = performance.now() - start;
  await fetched?.dispose();
  return { ...measured, keepMs };
}
