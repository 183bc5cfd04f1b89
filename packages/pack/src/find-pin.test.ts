import { join } from 'node:path';
import { type CommitSha, parseCommitSha } from '@gitsource/events';
import { commitFiles, type GitServer, runGit, startGitServer } from '@gitsource/local-git';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createChannelTransport } from '../test/channel-transport.ts';
import { Scratch } from '../test/git-fixture.ts';
import { openOverHttps, openVersion2 } from '../test/open-version-2.ts';
import { findPin, packTree, type Session } from './index.ts';

const scratch = new Scratch();
const IDENTITY = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
const channels: { readonly close: () => void }[] = [];
let server: GitServer;

beforeAll(async () => {
  server = await startGitServer({ folder: join(scratch.folder, 'server') });
});

afterAll(async () => {
  await server.close();
  scratch.remove();
});

afterEach(() => {
  for (const channel of channels.splice(0)) channel.close();
});

const overHttps = (url: string) => openOverHttps(server, url);

function overChannel(folder: string): Promise<Session> {
  const channel = createChannelTransport(folder);
  channels.push(channel);
  return openVersion2(channel);
}

/** Commits with these parents, by index, oldest first; each of a time that has nothing to do with its age. */
async function importHistory(folder: string, parents: readonly (readonly number[])[]): Promise<CommitSha[]> {
  const lines = parents.flatMap((indices, n) => [
    `commit refs/all/${n}`,
    `mark :${n + 1}`,
    `committer A <a@example.com> ${1_700_000_000 + ((n * 7_919) % 1_000)} +0000`,
    `data 4\nc${String(n).padStart(3, '0')}`,
    ...indices.map((index, at) => `${at === 0 ? 'from' : 'merge'} :${index + 1}`),
    'deleteall',
    `M 644 inline f\ndata 4\nf${String(n).padStart(3, '0')}`,
  ]);
  await runGit(folder, ['fast-import', '--quiet', '--force'], { input: `${lines.join('\n')}\n` });
  const shas = await runGit(folder, ['for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/all']);
  const byIndex = new Map(shas.split('\n').map((line) => [Number(line.split(' ')[0]), line.split(' ')[1] ?? '']));
  return parents.map((_, n) => parseCommitSha(byIndex.get(n) ?? ''));
}

const anyHistory = fc
  .array(fc.array(fc.nat(20), { maxLength: 3 }), { minLength: 2, maxLength: 60 })
  .map((all) =>
    all.map((back, n) =>
      [...new Set(back.map((distance) => n - 1 - (distance % Math.max(n, 1))))].filter((p) => p >= 0),
    ),
  );

describe('findPin', () => {
  it.each(['sha1', 'sha256'] as const)(
    'agrees with git on every commit of any history (%s)',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(anyHistory, fc.nat(), async (parents, at) => {
          const folder = scratch.newFolder();
          await runGit(folder, ['init', '--quiet', '--bare', `--object-format=${format}`]);
          await runGit(folder, ['config', 'uploadpack.allowFilter', 'true']);
          const shas = await importHistory(folder, parents);
          const tip = shas[at % shas.length] as CommitSha;
          const reachable = new Set((await runGit(folder, ['rev-list', tip])).split('\n'));
          const session = await overChannel(folder);
          for (const pin of shas.filter((_, n) => n % 3 === at % 3)) {
            const expected = reachable.has(pin) ? { kind: 'on-ref', sha: pin } : { kind: 'not-on-ref' };
            expect(await findPin(session, tip, pin)).toEqual(expected);
          }
        }),
        { numRuns: 6 },
      );
    },
    120_000,
  );

  it('finds the oldest of a long history, and the commit can be taken then', async () => {
    const made = await server.createRepository('team/long', { access: 'public' });
    const shas = await importHistory(
      made.folder,
      Array.from({ length: 600 }, (_, n) => (n === 0 ? [] : [n - 1])),
    );
    const [oldest, second, tip] = [shas[0], shas[1], shas.at(-1)] as [CommitSha, CommitSha, CommitSha];
    const session = await overHttps(made.httpsUrl);

    expect(await findPin(session, tip, oldest)).toEqual({ kind: 'on-ref', sha: oldest });
    expect(await findPin(session, second, tip)).toEqual({ kind: 'not-on-ref' });
    const tree = await packTree(session, oldest);
    expect(tree.commit.subject).toBe('c000');
    await tree.close();
  });

  it('leaves a history to git that is longer than the limit', async () => {
    const made = await server.createRepository('team/limit', { access: 'public' });
    const shas = await importHistory(
      made.folder,
      Array.from({ length: 40 }, (_, n) => (n === 0 ? [] : [n - 1])),
    );
    const [oldest, tip] = [shas[0], shas.at(-1)] as [CommitSha, CommitSha];
    const session = await overHttps(made.httpsUrl);

    expect(await findPin(session, tip, oldest, { maxCommits: 39 })).toMatchObject({
      kind: 'unknown',
      why: 'the history has more than 39 commits',
    });
    expect(await findPin(session, tip, oldest, { maxCommits: 40 })).toMatchObject({ kind: 'on-ref' });
  });

  it('finds it among all that came since, of a server that cannot send commits alone', async () => {
    const made = await server.createRepository('team/plain', { access: 'public' });
    await runGit(made.folder, ['config', 'uploadpack.allowFilter', 'false']);
    const commit = async (branch: string, name: string) =>
      parseCommitSha(await commitFiles(made.folder, branch, { message: name, files: { name } }));
    const first = await commit('main', 'first');
    const second = await commit('main', 'second');
    const tip = await commit('main', 'third');
    await runGit(made.folder, ['branch', 'aside', first]);
    const aside = await commit('aside', 'aside');
    await runGit(made.folder, ['tag', '-a', '-m', 'note', 'v1', first], { environment: IDENTITY });
    const tag = parseCommitSha(await runGit(made.folder, ['rev-parse', 'refs/tags/v1']));
    const amended = parseCommitSha('ab'.repeat(20));

    for (const session of [await overHttps(made.httpsUrl), await overChannel(made.folder)]) {
      expect(session.canFilter).toBe(false);
      expect(await findPin(session, tip, first)).toEqual({ kind: 'on-ref', sha: first });
      expect(await findPin(session, tip, second)).toEqual({ kind: 'on-ref', sha: second });
      expect(await findPin(session, tip, tag)).toEqual({ kind: 'on-ref', sha: first });
      expect(await findPin(session, tip, amended)).toEqual({ kind: 'not-on-ref' });
      expect(await findPin(session, tip, aside)).toEqual({ kind: 'not-on-ref' });
      const tree = await packTree(session, second);
      expect(tree.commit.subject).toBe('second');
      await tree.close();
    }
  });

  it('takes no commit of any history for one of the ref, of a server that cannot send commits alone', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, fc.nat(), async (parents, at) => {
        const folder = scratch.newFolder();
        await runGit(folder, ['init', '--quiet', '--bare']);
        const shas = await importHistory(folder, parents);
        const tip = shas[at % shas.length] as CommitSha;
        const reachable = new Set((await runGit(folder, ['rev-list', tip])).split('\n'));
        const session = await overChannel(folder);
        for (const pin of shas.filter((_, n) => n % 3 === at % 3)) {
          const { kind } = await findPin(session, tip, pin);
          expect(reachable.has(pin) ? ['on-ref', 'unknown'] : ['not-on-ref', 'unknown']).toContain(kind);
        }
      }),
      { numRuns: 6 },
    );
  }, 120_000);

  it('takes an annotated tag for its commit, and only one that is on the ref', async () => {
    const made = await server.createRepository('team/tags', { access: 'public' });
    const commit = (branch: string, name: string) =>
      commitFiles(made.folder, branch, { message: name, files: { name } });
    const first = parseCommitSha(await commit('main', 'first'));
    const tip = parseCommitSha(await commit('main', 'second'));
    await commit('aside', 'aside');
    for (const [name, ...target] of [
      ['v1', first],
      ['of v1', 'v1'],
      ['aside', 'refs/heads/aside'],
    ]) {
      await runGit(made.folder, ['tag', '-a', '-m', 'note', name?.replace(' ', '-') ?? '', ...target], {
        environment: IDENTITY,
      });
    }
    const session = await overHttps(made.httpsUrl);
    const pin = async (name: string) => parseCommitSha(await runGit(made.folder, ['rev-parse', `refs/tags/${name}`]));

    expect(await findPin(session, tip, await pin('v1'))).toEqual({ kind: 'on-ref', sha: first });
    expect(await findPin(session, tip, await pin('of-v1'))).toEqual({ kind: 'on-ref', sha: first });
    expect(await findPin(session, tip, await pin('aside'))).toEqual({ kind: 'not-on-ref' });
  });

  it('knows commits that were rewritten away, never existed, or are of another kind of repository', async () => {
    const made = await server.createRepository('team/amended', { access: 'public' });
    await commitFiles(made.folder, 'main', { message: 'base', files: { a: '1' } });
    const amended = parseCommitSha(await commitFiles(made.folder, 'main', { message: 'typo', files: { a: '2' } }));
    await runGit(made.folder, ['update-ref', 'refs/heads/main', 'main~1']);
    const tip = parseCommitSha(await commitFiles(made.folder, 'main', { message: 'right', files: { a: '2' } }));
    const session = await overHttps(made.httpsUrl);

    for (const pin of [amended, 'ab'.repeat(20), 'ab'.repeat(32)]) {
      expect(await findPin(session, tip, parseCommitSha(pin))).toEqual({ kind: 'not-on-ref' });
    }
  });
});
