import { parseCommitSha } from '@gitsource/events';
import { runGit } from '@gitsource/local-git';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Repository, Scratch } from '../../test/git-fixture.ts';
import { parseCommit } from './parse-commit.ts';

const scratch = new Scratch();
let repository: Repository;
beforeAll(async () => {
  repository = await scratch.repository([{ path: 'a', content: 'a' }]);
});
afterAll(() => scratch.remove());

async function expectAsGitLog(commit: Buffer): Promise<void> {
  const { folder } = repository;
  const sha = parseCommitSha(
    await runGit(folder, ['hash-object', '-t', 'commit', '-w', '--stdin', '--literally'], { input: commit }),
  );
  const format = '--format=%an%x00%ae%x00%aI%x00%cI%x00%B';
  const [authorName, authorEmail, authorDate, committerDate, body = ''] = (
    await runGit(folder, ['log', '-1', '--encoding=UTF-8', format, sha])
  ).split('\0');
  const message = body.replace(/\n+$/, '');
  const subject = message.split('\n', 1)[0];

  expect(parseCommit(sha, commit).commit).toEqual({
    sha,
    message,
    subject,
    authorName,
    authorEmail,
    authorDate,
    committerDate,
  });
}

async function commitOf(headers: string, message: string, encoding: BufferEncoding = 'utf8'): Promise<Buffer> {
  const tree = await runGit(repository.folder, ['rev-parse', `${repository.sha}^{tree}`]);
  return Buffer.from(`tree ${tree}\n${headers}\n${message}`, encoding);
}

const PEOPLE = 'author Ada <ada@example.com> 1769847300 +0100\ncommitter Bob <bob@example.com> 1769847301 -0730\n';

describe('parseCommit', () => {
  it('reads what git log shows, whatever the message', async () => {
    const anyMessage = fc.string({ unit: fc.constantFrom('a', ' ', '\n', 'ü', '☃', '\t', 'tree x'), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(anyMessage, async (message) => expectAsGitLog(await commitOf(PEOPLE, `x${message}`))),
      { numRuns: 15 },
    );
  });

  it.each([
    ['a name of many words', PEOPLE.replace('Ada', 'Ada von und zu Ünïcode')],
    ['no name', PEOPLE.replace('Ada ', '')],
    ['a time long ago elsewhere', PEOPLE.replace('1769847300 +0100', '100000 -0500')],
    ['a time in Nepal', PEOPLE.replace('+0100', '+0545')],
    ['a zone of minutes', PEOPLE.replace('+0100', '-7')],
    ['a zone of six digits', PEOPLE.replace('+0100', '+051800')],
    ['a bracket in a name', PEOPLE.replace('Ada ', 'Ada <x ')],
    ['a bracket in an address', PEOPLE.replace('example.com>', 'example>.com>')],
    ['a signature of many lines', `${PEOPLE}gpgsig -----BEGIN\n \n author Eve <e@e> 1 +0000\n -----END\n`],
    ['many parents', `parent ${'ab'.repeat(20)}\nparent ${'cd'.repeat(20)}\n${PEOPLE}`.replace(/parent .*\n/g, '')],
  ])('reads %s', async (_what, headers) => {
    await expectAsGitLog(await commitOf(headers, 'Message\n\nbody\n\n\n'));
  });

  it('reads a message up to a NUL, as git does', async () => {
    await expectAsGitLog(await commitOf(PEOPLE, 'sub\0ject\n\nbody\n'));
  });

  it('reads other encodings', async () => {
    const people = PEOPLE.replace('Ada', 'Adä');
    await expectAsGitLog(await commitOf(`${people}encoding ISO-8859-1\n`, 'Größe\n', 'latin1'));
  });

  it('reads the headers of a commit that says to be in UTF-16, which none can be', async () => {
    const commit = await commitOf(`${PEOPLE}encoding UTF-16LE\n`, 'x');

    expect(parseCommit(repository.sha, commit).commit).toMatchObject({ authorName: 'Ada', message: 'x' });
  });

  it('gives no date where none can be read, and takes an encoding that nobody knows for UTF-8', async () => {
    const commit = await commitOf('author Ada <ada@example.com>\nencoding klingon\n', 'x ü');
    expect(parseCommit(repository.sha, commit).commit).toMatchObject({
      message: 'x ü',
      authorName: 'Ada',
      authorDate: '',
      committerDate: '',
    });
  });

  it.each([
    ['brackets', PEOPLE.replace('Ada', '<'.repeat(1_000_000)), 'x'],
    ['line ends', PEOPLE, `x${'\n'.repeat(1_000_000)}y`],
  ])('takes no longer for a megabyte of %s than for one of anything else', async (_what, headers, message) => {
    const commit = await commitOf(headers, message);

    const start = performance.now();
    parseCommit(repository.sha, commit);

    // Looked at again from each of them, it would take minutes.
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it.each(['', 'tree abc\n\nx', `tree ${'ab'.repeat(32)}\n\nx`, 'author x\n\nx'])('refuses %j', (text) => {
    expect(() => parseCommit(repository.sha, Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'pack/corrupt' }),
    );
  });
});
