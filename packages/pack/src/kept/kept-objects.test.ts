import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommitSha, parseCommitSha } from '@gitsource/events';
import { commitFiles, type GitServer, runGit, startGitServer } from '@gitsource/local-git';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChannelTransport, SpokenTransport } from '../../test/channel-transport.ts';
import { listByGit, listEntries, pieces, type RepositoryFile, Scratch } from '../../test/git-fixture.ts';
import { openOverHttps, openVersion2, withChannel } from '../../test/open-version-2.ts';
import { recordAnswers } from '../../test/record-answers.ts';
import { type KeptObjects, type ObjectsToKeep, PackError, packTree, type Session } from '../index.ts';

const scratch = new Scratch();
let server: GitServer;

beforeAll(async () => {
  server = await startGitServer({ folder: join(scratch.folder, 'server') });
});

afterAll(async () => {
  await server.close();
  scratch.remove();
});

const overHttps = (url: string) => openOverHttps(server, url);

/** What is kept, as bytes. */
interface Kept {
  readonly packs: readonly Buffer[];
  readonly tips: readonly string[];
}

const bytesOf = ({ pack }: ObjectsToKeep) => Buffer.concat([...pack()]);
const toKept = ({ packs, tips }: Kept): KeptObjects => ({ packs: packs.map((pack) => () => pieces(pack)), tips });

async function fetch(session: Session, sha: CommitSha, kept?: Kept) {
  const dropped: unknown[] = [];
  const option = kept && { ...toKept(kept), dropped: (reason: unknown) => dropped.push(reason) };
  const tree = await packTree(session, sha, { kept: option });
  try {
    const lines = await listEntries(tree.entries());
    const received = tree.received();
    const packs = received && [...(received.addsToKept ? (kept?.packs ?? []) : []), bytesOf(received.received)];
    return {
      lines,
      dropped,
      ...tree.measured(),
      received,
      kept: packs && { packs, tips: received.received.tips },
      rewritten: received && { packs: [bytesOf(received.rewritten)], tips: received.rewritten.tips },
    };
  } finally {
    await tree.close();
  }
}

/** That git can unpack each pack without the others, and finds all of the tips in them. */
async function expectUsableByGit({ packs, tips }: Kept, shallow: readonly string[]): Promise<void> {
  const folder = scratch.newFolder();
  const format = tips[0]?.length === 64 ? 'sha256' : 'sha1';
  for (const pack of packs) {
    for (const target of [scratch.newFolder(), folder]) {
      await runGit(target, ['init', '--quiet', '--bare', `--object-format=${format}`]);
      await runGit(target, ['index-pack', '--stdin'], { input: pack });
    }
  }
  if (shallow.length > 0) writeFileSync(join(folder, 'shallow'), `${shallow.join('\n')}\n`);
  await runGit(folder, ['rev-list', '--objects', '--quiet', '--stdin'], { input: `${tips.join('\n')}\n` });
}

interface Step {
  readonly files: readonly RepositoryFile[];
  /** How many commits are taken back before. */
  readonly back: number;
}

/** Each step is a commit to `main`, which it pushes by force where commits are taken back. */
async function commitStep(folder: string, { files, back }: Step, n: number): Promise<CommitSha> {
  const tip = await runGit(folder, ['rev-list', '--first-parent', `--skip=${back}`, '-1', 'main']).catch(() => '');
  const input = [Buffer.from(`commit refs/heads/main\ncommitter A <a@example.com> ${1_700_000_000 + n} +0000\n`)];
  input.push(Buffer.from(`data 1\n${n}\n${tip === '' ? '' : `from ${tip}\n`}deleteall\n`));
  for (const { path, mode = '100644', content } of files) {
    const bytes = Buffer.from(content);
    input.push(Buffer.from(`M ${mode} inline ${String(path)}\ndata ${bytes.length}\n`), bytes, Buffer.from('\n'));
  }
  await runGit(folder, ['fast-import', '--quiet', '--force'], { input: Buffer.concat(input) });
  return parseCommitSha(await runGit(folder, ['rev-parse', 'main']));
}

const LINES = Array.from({ length: 300 }, (_, n) => `line ${n}: ${(n * 7_919) % 104_729}\n`);
const anyFile: fc.Arbitrary<RepositoryFile> = fc.record({
  path: fc.tuple(fc.nat(2), fc.nat(8)).map(([folder, n]) => `d${folder}/f${n}`),
  mode: fc.constantFrom('100644', '100755'),
  content: fc
    .tuple(fc.nat(150), fc.nat(250), fc.nat(3))
    .map(([at, length, extra]) => `${LINES.slice(at, at + length).join('')}${extra}`),
});
const anySteps = fc.array(
  fc.record({ files: fc.array(anyFile, { minLength: 1, maxLength: 12 }), back: fc.constantFrom(0, 0, 0, 1, 2) }),
  { minLength: 2, maxLength: 4 },
);

describe('kept objects', () => {
  it.each(['sha1', 'sha256'] as const)(
    'and the difference are what git has, however often (%s)',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(anySteps, fc.boolean(), async (steps, isGone) => {
          const folder = scratch.newFolder();
          await runGit(folder, ['init', '--quiet', '--bare', `--object-format=${format}`]);
          let kept: Kept | undefined;
          for (const [n, step] of steps.entries()) {
            const sha = await commitStep(folder, step, n);
            if (isGone) {
              // What was rewritten away is unknown to the server.
              await runGit(folder, ['reflog', 'expire', '--expire=now', '--all']);
              await runGit(folder, ['gc', '--quiet', '--prune=now']);
            }
            const result = await withChannel(folder, (session) => fetch(session, sha, kept));

            expect(result.lines).toEqual(await listByGit({ folder, sha }));
            expect(result.dropped).toEqual([]);
            kept = result.kept ?? kept;
            expect(kept?.tips).toContain(sha);
            if (result.received === undefined) continue;
            await expectUsableByGit(result.kept as Kept, result.received.received.shallow);
            await expectUsableByGit(result.rewritten as Kept, result.received.rewritten.shallow);
            const alone = await withChannel(folder, (session) => fetch(session, sha, result.rewritten));
            expect(alone).toMatchObject({ lines: result.lines, packBytes: 0, received: undefined });
          }
        }),
        { numRuns: 3 },
      );
    },
    240_000,
  );

  it('save what the server need not send again, over HTTPS', async () => {
    const made = await server.createRepository('team/app', { access: 'public' });
    const commit = async (files: Parameters<typeof commitFiles>[2]['files']) =>
      parseCommitSha(await commitFiles(made.folder, 'main', { message: 'm', files }));
    const first = await commit({ 'large.bin': randomBytes(1_100_000), 'a.txt': LINES.join('') });
    const session = await overHttps(made.httpsUrl);
    const whole = await fetch(session, first);
    const second = await commit({ 'a.txt': `${LINES.join('')}more` });

    const next = await fetch(session, second, whole.kept);

    expect(whole).toMatchObject({ keptBytes: 0, received: { addsToKept: false, received: { shallow: [] } } });
    expect(next.lines).toEqual(await listByGit({ folder: made.folder, sha: second }));
    expect(next).toMatchObject({ keptBytes: whole.packBytes, received: { addsToKept: true } });
    expect(next.packBytes).toBeLessThan(1_000);
    expect(next.received?.received).toMatchObject({ tips: [first, second], shallow: [second] });
    expect(next.received?.rewritten).toMatchObject({ tips: [second], shallow: [second] });
    // The older of two tips is as good: nothing is sent but what it lacks.
    const older = await fetch(session, first, next.kept);
    expect(older).toMatchObject({ packBytes: 0, received: undefined, lines: whole.lines });
  });

  it('are not there before all has come, nor of chosen paths', async () => {
    const made = await server.createRepository('team/early', { access: 'public' });
    const sha = parseCommitSha(
      await commitFiles(made.folder, 'main', { message: 'm', files: { a: randomBytes(2_000_000), b: 'b' } }),
    );
    const session = await overHttps(made.httpsUrl);
    for (const paths of [[], ['a']]) {
      const tree = await packTree(session, sha, { paths });
      expect(tree.received()).toBeUndefined();
      expect(await listEntries(tree.entries())).toHaveLength(paths.length === 0 ? 2 : 1);
      expect(tree.received() === undefined).toBe(paths.length > 0);
      await tree.close();
    }
  });

  it('are used for other branches, and tips of which something is missing are not', async () => {
    const made = await server.createRepository('team/branches', { access: 'public' });
    const large = randomBytes(200_000);
    const sha = parseCommitSha(await commitFiles(made.folder, 'main', { message: 'm', files: { large, a: 'a' } }));
    const aside = parseCommitSha(await commitFiles(made.folder, 'aside', { message: 'n', files: { large, b: 'b' } }));
    const session = await overHttps(made.httpsUrl);
    const { kept } = await fetch(session, sha);
    const small = await commitFiles(made.folder, 'small', { message: 's', files: { s: 's' } });
    const other = await fetch(session, parseCommitSha(small));

    expect((await fetch(session, aside, kept)).packBytes).toBeLessThan(1_000);
    const wrong = { packs: other.kept?.packs ?? [], tips: [sha, small, 'ab'.repeat(20), 'x'] };
    const result = await fetch(session, aside, wrong);
    expect(result.packBytes).toBeGreaterThan(200_000);
    expect(result.lines).toHaveLength(2);
    expect(result.kept?.tips).toEqual([small, aside]);
  });
});

describe('objects that are kept badly', () => {
  async function twoCommits() {
    const folder = scratch.newFolder();
    await runGit(folder, ['init', '--quiet', '--bare']);
    const text = LINES.slice(0, 20).join('');
    const first = await commitStep(folder, { files: [{ path: 'a', content: text }], back: 0 }, 0);
    const { kept } = await withChannel(folder, (session) => fetch(session, first));
    const second = await commitStep(folder, { files: [{ path: 'a', content: `${text}!` }], back: 0 }, 1);
    const channel = createChannelTransport(folder);
    const { transport, answers } = recordAnswers(channel);
    const { lines } = await fetch(await openVersion2(transport), second, kept);
    channel.close();
    return { folder, kept: kept as Kept, second, answers, lines };
  }

  it('are dropped wherever a bit is flipped or they are cut off, and all is fetched', async () => {
    const { folder, kept, second, lines } = await twoCommits();
    const [pack = Buffer.alloc(0)] = kept.packs;
    for (let at = 0; at < pack.length; at += 7) {
      const flipped = Buffer.from(pack);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      for (const bad of [flipped, pack.subarray(0, at)]) {
        const result = await withChannel(folder, (session) => fetch(session, second, { ...kept, packs: [bad] }));

        expect(result.lines).toEqual(lines);
        expect(result.dropped).toEqual([expect.any(PackError)]);
        expect(result).toMatchObject({ keptBytes: 0, received: { addsToKept: false } });
      }
    }
  }, 60_000);

  it('never become other files by a difference that is wrong', async () => {
    const { kept, second, answers, lines } = await twoCommits();
    const [capabilities, difference] = answers as [Buffer, Buffer];
    const replay = async (answer: Buffer) =>
      fetch(await openVersion2(new SpokenTransport([capabilities, answer])), second, kept).catch(
        (error: unknown) => error,
      );
    expect(await replay(difference)).toMatchObject({ lines });
    for (let at = 0; at < difference.length; at++) {
      const flipped = Buffer.from(difference);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const result = await replay(flipped);
      if (!(result instanceof PackError)) expect(result).toMatchObject({ lines });
      expect(await replay(difference.subarray(0, at))).toBeInstanceOf(PackError);
    }
  }, 60_000);
});
