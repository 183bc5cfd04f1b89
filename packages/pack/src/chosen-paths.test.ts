import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseCommitSha } from '@gitsource/events';
import { commitFiles, type GitServer, runGit, startGitServer } from '@gitsource/local-git';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChannelTransport, SpokenTransport } from '../test/channel-transport.ts';
import { listByGit, listEntries, type Repository, type RepositoryFile, Scratch } from '../test/git-fixture.ts';
import { openOverHttps, openVersion2, withChannel } from '../test/open-version-2.ts';
import { recordAnswers } from '../test/record-answers.ts';
import { PackError, packTree, type Session } from './index.ts';

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

async function read(session: Session, sha: string, paths: readonly string[]) {
  const tree = await packTree(session, parseCommitSha(sha), { paths });
  try {
    const lines = await listEntries(tree.entries());
    return { lines, submodules: tree.submodules.map(({ path }) => path), ...tree.measured() };
  } finally {
    await tree.close();
  }
}

async function allowFilter({ folder }: Repository): Promise<void> {
  await runGit(folder, ['config', 'uploadpack.allowFilter', 'true']);
}

const isBelow = (path: string, paths: readonly string[]) =>
  paths.some((chosen) => path === chosen || path.startsWith(`${chosen}/`));

const anySegment = fc.constantFrom('a', 'b', 'a.b', 'ü', '-', '.x');
const anyPath = fc.array(anySegment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
const anyFile: fc.Arbitrary<RepositoryFile> = fc.record({
  path: fc.tuple(anyPath, fc.nat(9)).map(([path, n]) => `${path}/f${n}`),
  mode: fc.constantFrom('100644', '100755', '120000'),
  content: fc.constantFrom('same', ...Array.from({ length: 20 }, (_, n) => `line\n`.repeat(n * 20))),
});

describe('paths', () => {
  it.each(['sha1', 'sha256'] as const)(
    'are what git lists at and below them (%s)',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyFile, { minLength: 1, maxLength: 30 }),
          fc.array(anyPath, { minLength: 1, maxLength: 4 }),
          async (files, paths) => {
            const repository = await scratch.repository(files, format);
            await allowFilter(repository);
            const all = await listByGit(repository);
            const pathOf = (line: string) => line.split(' ').slice(3).join(' ');
            const expected = all.filter((line) => isBelow(pathOf(line), paths));
            const absent = paths.filter((path) => !all.some((line) => isBelow(pathOf(line), [path])));

            const result = withChannel(repository.folder, (session) => read(session, repository.sha, paths));

            if (absent.length === 0) expect((await result).lines).toEqual(expected);
            else {
              await expect(result).rejects.toMatchObject({
                code: 'pack/path-missing',
                fault: 'configuration',
                message: expect.stringContaining([...new Set(absent)].map((path) => JSON.stringify(path)).join(', ')),
              });
            }
          },
        ),
        { numRuns: 25 },
      );
    },
    120_000,
  );

  it('transfer nothing else but trees, over HTTPS', async () => {
    const made = await server.createRepository('team/mono', { access: 'public' });
    const big = createHash('shake256', { outputLength: 300_000 }).update('does not compress').digest();
    const files = {
      'big/file': big,
      'small/a/file': 'small',
      'small/file': 'also',
      module: { submodule: 'ab'.repeat(20) },
    };
    const sha = await commitFiles(made.folder, 'main', { message: 'Mono', files });
    const session = await overHttps(made.httpsUrl);

    const small = await read(session, sha, ['small/a', 'module']);
    expect(small.lines).toEqual([expect.stringMatching(/^100644 \w{40} 5 small\/a\/file$/)]);
    expect(small.submodules).toEqual(['module']);
    expect(small.packBytes).toBeLessThan(2_000);
    expect((await read(session, sha, ['module'])).lines).toEqual([]);
    expect((await read(session, sha, ['big'])).packBytes).toBeGreaterThan(300_000);
  });

  it.each(['..', '.', 'a//b', 'a/../a', 'A', 'a/f/x', ':(glob)**', '*', ''])('name nothing by %j', async (path) => {
    const repository = await scratch.repository([{ path: 'a/f', content: 'f' }]);
    await expect(
      withChannel(repository.folder, (session) => read(session, repository.sha, ['a', path])),
    ).rejects.toMatchObject({
      code: 'pack/path-missing',
      message: expect.stringContaining(`at ${JSON.stringify(path)}.`),
    });
  });

  it('are as many as there are, from a server that filters nothing, too', async () => {
    const files = Array.from({ length: 10_050 }, (_, n) => ({ path: `in/${n % 7}/${n}`, content: `content ${n}` }));
    const repository = await scratch.repository([...files, { path: 'out', content: 'out' }]);
    const expected = (await listByGit(repository)).filter((line) => !line.endsWith(' out'));

    const whole = await withChannel(repository.folder, (session) => read(session, repository.sha, ['in']));
    await allowFilter(repository);
    const sparse = await withChannel(repository.folder, (session) => read(session, repository.sha, ['in']));

    expect(whole.lines).toEqual(expected);
    expect(sparse.lines).toEqual(expected);
    expect(whole.objects).toBe(sparse.objects + 1);
  });
});

describe('readFile', () => {
  it('gives what rules over the paths, and submodules, beside the paths themselves', async () => {
    const made = await server.createRepository('team/rules', { access: 'public' });
    const files = {
      '.gitattributes': 'root',
      '.gitmodules': 'modules',
      'a/.gitattributes': 'a',
      'a/b/.gitattributes': 'b',
      'a/b/c/file': 'file',
      'a/other': 'other',
    };
    const sha = parseCommitSha(await commitFiles(made.folder, 'main', { message: 'Rules', files }));
    const tree = await packTree(await overHttps(made.httpsUrl), sha, { paths: ['a/b/c'] });

    expect(await listEntries(tree.entries())).toEqual([expect.stringContaining('a/b/c/file')]);
    const found = async (path: string) => (await tree.readFile(path))?.toString();
    expect(await found('.gitmodules')).toBe('modules');
    expect([await found('.gitattributes'), await found('a/.gitattributes'), await found('a/b/.gitattributes')]).toEqual(
      ['root', 'a', 'b'],
    );
    expect([await found('a'), await found('nowhere'), await found('a/b/c/file/x')]).toEqual(Array(3).fill(undefined));
    await expect(found('a/other')).rejects.toMatchObject({ code: 'pack/object-missing' });
    await tree.close();
  });
});

describe('a second pack that is wrong', () => {
  /** What the server says to one who wants `in`: capabilities, trees, files. */
  async function record() {
    const text = 'a line that is long enough\n'.repeat(4);
    const repository = await scratch.repository([
      { path: 'in/a', content: text },
      { path: 'in/b', content: `${text}more\n` },
      { path: 'out', content: 'out' },
    ]);
    await allowFilter(repository);
    const channel = createChannelTransport(repository.folder);
    const { transport, answers } = recordAnswers(channel);
    const { lines } = await read(await openVersion2(transport), repository.sha, ['in']);
    channel.close();
    return { answers, lines, sha: repository.sha };
  }

  const replay = async (answers: readonly Buffer[], sha: string) =>
    read(await openVersion2(new SpokenTransport(answers)), sha, ['in']).catch((error: unknown) => error);

  it('never becomes other files, wherever a bit is flipped', async () => {
    const { answers, lines, sha } = await record();
    const [capabilities, trees, files] = answers as [Buffer, Buffer, Buffer];
    expect(await replay(answers, sha)).toMatchObject({ lines });
    for (let at = 0; at < files.length; at++) {
      for (const bit of [0, 5]) {
        const flipped = Buffer.from(files);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        const result = await replay([capabilities, trees, flipped], sha);
        if (!(result instanceof PackError)) expect(result).toMatchObject({ lines });
      }
    }
  });

  it('never becomes fewer files, wherever it is cut off, nor where it is another one', async () => {
    const { answers, sha } = await record();
    const [capabilities, trees, files] = answers as [Buffer, Buffer, Buffer];
    for (let length = 0; length < files.length; length++) {
      expect(await replay([capabilities, trees, files.subarray(0, length)], sha)).toBeInstanceOf(PackError);
    }
    expect(await replay([capabilities, trees, trees], sha)).toMatchObject({ code: 'pack/object-missing' });
    expect(await replay([capabilities, trees], sha)).toMatchObject({ code: 'pack/truncated' });
  });
});
