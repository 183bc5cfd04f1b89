import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TreeEntry } from '@gitsource/events';
import { commitFiles, type LocalRepository, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fixture, hasSsh, readAll, startFixture } from '../test/git-fixture.ts';
import { MemoryCache } from '../test/memory-cache.ts';
import { type FetchedCommit, fetchCommit } from './fetch-commit.ts';
import { sumBytes } from './object-cache.ts';

/** Content that no compression makes small, so that bytes tell what was transferred. */
const LARGE = 200_000;

let fixture: Fixture;
let app: LocalRepository;
let cache: MemoryCache;
let repositories = 0;

beforeAll(async () => {
  fixture = await startFixture();
});

afterAll(() => fixture.close());

beforeEach(async () => {
  cache = new MemoryCache();
  app = await fixture.server.createRepository(`team/cached${repositories++}`);
});

const large = () => randomBytes(LARGE / 2).toString('hex');

const commit = (files: Parameters<typeof commitFiles>[2]['files'], branch = 'main', repository = app) =>
  commitFiles(repository.folder, branch, { message: 'm', files });

interface Pulled {
  readonly sha: string;
  readonly files: Record<string, string>;
  readonly bytes: number;
  readonly usesCache: boolean;
}

/** One fetch of `main`, read whole; what it leaves is kept. */
async function pull(over: object = {}, keep: 'add' | 'replace' | 'nothing' = 'add'): Promise<Pulled> {
  const request = { credentials: fixture.https, cache, ...over };
  const { ref = 'refs/heads/main', url = app.httpsUrl } = over as { ref?: string; url?: string };
  const { ref: _, url: __, ...rest } = request as typeof request & { ref?: string; url?: string };
  const fetched = await fetchCommit(fixture.request(url, ref, rest));
  try {
    return await keepAndRead(fetched, keep);
  } finally {
    await fetched.dispose();
  }
}

async function keepAndRead(fetched: FetchedCommit, keep: 'add' | 'replace' | 'nothing'): Promise<Pulled> {
  const { objects } = fetched;
  if (objects === undefined) throw new Error('nothing for the cache');
  const files = await readAll(fetched.entries());
  if (keep === 'add') cache.add(objects);
  if (keep === 'replace') await cache.replace(objects);
  return {
    sha: fetched.commit.sha,
    files,
    bytes: sumBytes(objects.received.packs),
    usesCache: objects.usesCache,
  };
}

/** The clone of a whole fetch, as an unzip would write it. */
async function extract(entries: AsyncIterable<TreeEntry>): Promise<string> {
  const folder = mkdtempSync(join(fixture.scratch, 'extracted-'));
  for await (const { path, content } of entries) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content()) chunks.push(chunk);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), Buffer.concat(chunks));
  }
  return folder;
}

describe('a cache of objects', () => {
  it.each(['commit', 'full'] as const)('lets only the difference be sent (history %s)', async (history) => {
    await commit({ 'large.txt': large(), 'small.txt': 'one' });
    const first = await pull({ history });
    const sha = await commit({ 'small.txt': 'two' });

    const second = await pull({ history });
    const third = await pull({ history });

    expect(first).toMatchObject({ usesCache: false });
    expect(first.bytes).toBeGreaterThan(LARGE / 2);
    expect(second).toMatchObject({ sha, usesCache: true });
    expect(second.files).toMatchObject({ 'small.txt': 'two' });
    expect(second.bytes).toBeLessThan(1000);
    expect(third.bytes).toBeLessThan(100);
    expect(cache.reasons).toEqual([]);
  });

  it.runIf(hasSsh)('works over SSH', async () => {
    const over = { url: app.sshUrl, credentials: fixture.ssh };
    await commit({ 'large.txt': large() });
    await pull(over);
    await commit({ 'small.txt': 'two' });

    expect((await pull(over)).bytes).toBeLessThan(1000);
  });

  it('serves other branches and an annotated tag of the same repository', async () => {
    await commit({ 'large.txt': large() });
    await pull();
    await runGit(app.folder, ['branch', 'topic/ü', 'main']);
    await commit({ 'small.txt': 'on the topic' }, 'topic/ü');
    const environment = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
    await runGit(app.folder, ['tag', '-a', '-m', 'n', 'v1', 'main'], { environment });

    const topic = await pull({ ref: 'refs/heads/topic/ü' });
    const tag = await pull({ ref: 'refs/tags/v1' });

    expect(topic.files['small.txt']).toBe('on the topic');
    expect(topic.bytes).toBeLessThan(1000);
    expect(Object.keys(tag.files)).toEqual(['large.txt']);
    expect(tag.bytes).toBeLessThan(1000);
  });

  it('is right after a force push and a gc of the server', async () => {
    await commit({ 'large.txt': large(), 'small.txt': 'one' });
    await pull();
    await commit({ 'other.txt': large() }, 'aside');
    await runGit(app.folder, ['update-ref', 'refs/heads/main', 'refs/heads/aside']);
    await runGit(app.folder, ['gc', '--prune=now', '--quiet']);

    const { files, usesCache } = await pull();

    expect(Object.keys(files)).toEqual(['other.txt']);
    expect(usesCache).toBe(true);
    expect(Object.keys((await pull()).files)).toEqual(['other.txt']);
    expect(cache.reasons).toEqual([]);
  });

  it('holds exactly the newest commit after a rewrite', async () => {
    await commit({ 'large.txt': large() });
    await pull();
    const sha = await commit({ 'large.txt': 'small' });
    await pull({}, 'replace');

    expect(cache.packs.map(({ length }) => length)).toEqual([expect.toSatisfy((bytes: number) => bytes < 1000)]);
    expect([cache.tips, cache.shallow]).toEqual([[sha], [sha]]);
    await commit({ 'b.txt': 'b' });
    expect((await pull()).files).toEqual({ 'large.txt': 'small', 'b.txt': 'b' });
    expect(cache.reasons).toEqual([]);
  });

  it.each<[string, (cache: MemoryCache) => void, RegExp]>([
    ['truncated', ({ packs }) => (packs[0] = packs[0]?.subarray(0, -500) ?? Buffer.alloc(0)), /cannot be read/],
    ['corrupt', ({ packs }) => packs[0]?.fill(7, 5000, 5100), /cannot be read/],
    ['empty', ({ packs }) => (packs[0] = Buffer.alloc(0)), /cannot be read/],
    ['no pack', ({ packs }) => (packs[0] = Buffer.from('<html>')), /cannot be read/],
    ['incomplete', ({ packs }) => packs.splice(0, 1), /objects are missing/],
    ['foreign', (kept) => (kept.tips = ['ab'.repeat(20)]), /objects are missing/],
    ['unlimited', (kept) => (kept.shallow = []), /objects are missing/],
    ['of hostile tips', (kept) => (kept.tips = ['--all']), /as a SHA/],
    ['of another object format', (kept) => (kept.tips = ['ab'.repeat(32)]), /as a SHA/],
    ['of hostile lines', (kept) => (kept.shallow = ['../../x\n']), /as a SHA/],
  ])('is dropped when it is %s, and the fetch is right', async (_, spoil, reason) => {
    await commit({ 'large.txt': large() });
    await commit({ 'large2.txt': large() });
    await pull();
    await commit({ 'small.txt': 'two' });
    await pull();
    spoil(cache);
    const sha = await commit({ 'small.txt': 'three' });

    const pulled = await pull();

    expect(cache.reasons).toEqual([expect.stringMatching(reason)]);
    expect(pulled).toMatchObject({ sha, usesCache: false });
    expect(Object.keys(pulled.files)).toEqual(['large.txt', 'large2.txt', 'small.txt']);
  });

  it('is dropped when it cannot be read', async () => {
    const sha = await commit({ 'a.txt': 'a' });
    cache.load = () => Promise.reject(new Error('no such key'));

    expect(await pull()).toMatchObject({ sha, usesCache: false });
    expect(cache.reasons).toEqual(['no such key']);
  });

  it('is dropped when its bytes stop coming', async () => {
    await commit({ 'a.txt': 'a' });
    await pull();
    const stuck = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('PACK');
      await new Promise(() => undefined);
    };
    cache.load = async () => ({ packs: [stuck], tips: cache.tips, shallow: cache.shallow });

    expect(await pull({ timeouts: { idleMs: 700 } })).toMatchObject({ usesCache: false });
    expect(cache.reasons).toEqual([expect.stringContaining('git index-pack was stopped')]);
  });

  it('does not hide that the server refuses', async () => {
    await commit({ 'a.txt': 'a' });
    await pull();

    await expect(pull({ credentials: { ...fixture.https, password: 'wrong' } })).rejects.toMatchObject({
      code: 'git/authentication-failed',
    });
  });

  it('keeps the promise of a pinned commit', async () => {
    await commit({ 'a.txt': 'a' });
    const { sha } = await pull();
    await commit({ 'b.txt': 'b' }, 'aside');
    await runGit(app.folder, ['update-ref', 'refs/heads/main', 'refs/heads/aside']);

    for (const history of ['commit', 'full']) {
      await expect(pull({ pinnedCommit: sha, history })).rejects.toMatchObject({ code: 'git/commit-not-on-ref' });
    }
  });

  it('works with SHA-256', async () => {
    app = await fixture.server.createRepository(`team/long${repositories++}`, { objectFormat: 'sha256' });
    await commit({ 'large.txt': large() });
    await pull();
    await commit({ 'small.txt': 'two' });

    expect((await pull()).bytes).toBeLessThan(1500);
    expect(cache.reasons).toEqual([]);
  });

  it('works with a server of protocol v0', async () => {
    fixture.server.setFault({ kind: 'protocol-v0' });
    try {
      await commit({ 'large.txt': large() });
      await pull();
      await commit({ 'small.txt': 'two' });
      expect((await pull()).bytes).toBeLessThan(1000);
    } finally {
      fixture.server.setFault(undefined);
    }
  });
});

describe('a cache of whole clones', () => {
  const clone = async (keep: 'add' | 'replace' = 'add') => {
    const request = fixture.request(app.httpsUrl, 'refs/heads/main', {
      credentials: fixture.https,
      history: 'full',
      cache,
    });
    const fetched = await fetchCommit(request);
    const folder = await extract(fetched.entries());
    const { objects } = fetched;
    if (objects !== undefined) await (keep === 'add' ? cache.add(objects) : cache.replace(objects));
    await fetched.dispose();
    return { folder, objects };
  };

  it('gives a clone that stands alone', async () => {
    await commit({ 'large.txt': large() });
    await clone();
    await commit({ 'small.txt': 'two' });

    const { folder, objects } = await clone();

    expect(sumBytes(objects?.received.packs ?? [])).toBeLessThan(1000);
    expect(await runGit(folder, ['fsck', '--full', '--strict'])).toBe('');
    expect(await runGit(folder, ['status', '--porcelain=v1', '--branch'])).toBe('## main...origin/main');
    expect(await runGit(folder, ['log', '--format=%s'])).toBe('m\nm');
    expect(await runGit(folder, ['for-each-ref', '--format=%(refname)'])).toBe(
      'refs/heads/main\nrefs/remotes/origin/main',
    );
    expect(existsSync(join(folder, '.git/objects/info/alternates'))).toBe(false);
  });

  it('is dropped when it hides history', async () => {
    await commit({ 'a.txt': 'a' });
    const tip = await commit({ 'b.txt': 'b' });
    await clone();
    cache.shallow = [tip];
    await commit({ 'c.txt': 'c' });

    const { folder } = await clone();

    expect(cache.reasons).toEqual(['its history is not whole']);
    expect(await runGit(folder, ['rev-list', '--count', 'HEAD'])).toBe('3');
  });

  it('brings nothing back that was rewritten away', async () => {
    await commit({ 'a.txt': 'a' });
    await commit({ 'secret.txt': 'hunter2' });
    await clone();
    const secret = await runGit(app.folder, ['rev-parse', 'main:secret.txt']);
    await runGit(app.folder, ['update-ref', 'refs/heads/main', 'main~1']);
    await commit({ 'b.txt': 'b' });

    const { folder, objects } = await clone('replace');
    const { folder: next } = await clone();

    expect(objects).toMatchObject({ usesCache: true, isStale: true });
    for (const repository of [folder, next]) {
      await expect(runGit(repository, ['cat-file', '-e', secret])).rejects.toThrow();
      expect(await runGit(repository, ['fsck', '--full', '--strict'])).toBe('');
    }
    expect(cache.reasons).toEqual([]);
  });

  it('takes a deleted tag out, and only then', async () => {
    const environment = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
    await commit({ 'a.txt': 'a' });
    await runGit(app.folder, ['tag', '-a', '-m', 'note', 'v1', 'main'], { environment });
    await clone();
    expect((await clone()).objects).toMatchObject({ isStale: false });
    await runGit(app.folder, ['tag', '-d', 'v1']);

    expect((await clone('replace')).objects).toMatchObject({ isStale: true });
    expect((await clone()).objects).toMatchObject({ usesCache: true, isStale: false });
  });

  it('leaves nothing of the credential or of this machine in what is kept', async () => {
    await commit({ 'a.txt': 'a' });
    const { folder } = await clone();
    await clone();

    const kept = JSON.stringify([cache.tips, cache.shallow]) + Buffer.concat(cache.packs).toString('latin1');
    expect(kept).not.toContain(fixture.https.password);
    expect(kept).not.toContain(fixture.scratch);
    expect(readFileSync(join(folder, '.git/config'), 'utf8')).not.toContain('gitsource/cached');
    expect(readdirSync(join(fixture.scratch, 'work'))).toEqual([]);
  });
});
