import { runGit } from '@gitsource/local-git';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readClone } from '../src/index.ts';
import {
  cloneByGit,
  describeClone,
  expectSound,
  importHistory,
  ORIGIN,
  objectsOf,
  packOf,
  packOfObjects,
  unpackClone,
  zipOf,
} from './clone-fixture.ts';
import { pieces, Scratch } from './git-fixture.ts';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const LINES = Array.from({ length: 300 }, (_, n) => `line ${n}: ${(n * 7_919) % 104_729}\n`);
const BRANCHES = ['main', 'topic/ü', 'a"b', '-x', 'HEAD', 'release;1#2', 'deep/er/est', '@'];

interface Step {
  readonly branch: number;
  /** Commits before this one that it merges. */
  readonly merged: readonly number[];
  readonly edits: readonly { readonly file: number; readonly at: number; readonly length: number }[];
  readonly isEmptied: boolean;
  readonly tag: 'none' | 'light' | 'annotated';
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  branch: fc.nat(BRANCHES.length - 1),
  merged: fc.array(fc.nat(30), { maxLength: 2 }),
  edits: fc.array(fc.record({ file: fc.nat(6), at: fc.nat(250), length: fc.nat(250) }), { maxLength: 3 }),
  isEmptied: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  tag: fc.constantFrom('none', 'none', 'light', 'annotated'),
});

/** For `git fast-import`; the first commit is of `main`. */
function streamOf(steps: readonly Step[]): string {
  const person = (n: number) => `Ada <ada@example.com> ${1_700_000_000 + n} +0000`;
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  return steps
    .map(({ branch, merged, edits, isEmptied, tag }, n) => {
      const name = `refs/heads/${BRANCHES[n === 0 ? 0 : branch]}`;
      const parents = new Set(merged.filter((other) => other < n).map((other) => `merge :${other + 1}\n`));
      const files = edits.map(
        ({ file, at, length }) =>
          `M 100644 inline d${file % 3}/f${file}\n${data(LINES.slice(at, at + length).join(''))}`,
      );
      const changes = [...parents, ...(isEmptied ? ['deleteall\n'] : []), ...files].join('');
      const commit = `commit ${name}\nmark :${n + 1}\ncommitter ${person(n)}\n${data(`Step ${n}`)}${changes}\n`;
      const target = `from :${n + 1}\n`;
      if (tag === 'light') return `${commit}reset refs/tags/l${n}\n${target}\n`;
      return tag === 'none' ? commit : `${commit}tag a${n}\n${target}tagger ${person(n)}\n${data('Tag')}`;
    })
    .join('');
}

describe('a clone of any history', () => {
  it('is the one that git makes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 1, maxLength: 30 }),
        fc.constantFrom('sha1', 'sha256'),
        fc.constantFrom(0, 5, 200),
        async (steps, format, depth) => {
          const repository = await importHistory(scratch, streamOf(steps), format);
          await runGit(repository, ['repack', '-adfq', `--depth=${depth}`, '--window=30']);
          const unpacked = await unpackClone(scratch, repository);

          expect(await describeClone(unpacked)).toEqual(await describeClone(await cloneByGit(scratch, repository)));
          await expectSound(unpacked);
        },
      ),
      { numRuns: 12 },
    );
  }, 120_000);
});

describe('a pack that is not whole', () => {
  const steps: Step[] = [1, 2, 3].map((n) => ({
    branch: 0,
    merged: [],
    edits: [{ file: n, at: n, length: 3 * n }],
    isEmptied: false,
    tag: n === 2 ? 'annotated' : 'none',
  }));

  async function clone(pack: Uint8Array, { refs }: Awaited<ReturnType<typeof packOf>>): Promise<Buffer> {
    const head = refs.find(({ name }) => name === 'refs/heads/main');
    if (head === undefined) throw new Error('it is there');
    const read = await readClone(pieces(pack), 'sha1', { refs, head, sha: head.sha, url: ORIGIN });
    try {
      return await zipOf(read);
    } finally {
      await read.close();
    }
  }

  it('never becomes a clone, whichever object is missing', async () => {
    const repository = await importHistory(scratch, streamOf(steps));
    const whole = await packOf(repository);
    const objects = await objectsOf(repository);

    await expect(clone(await packOfObjects(repository, objects), whole)).resolves.toBeInstanceOf(Buffer);
    for (const missing of objects) {
      const others = objects.filter((id) => id !== missing);
      await expect(clone(await packOfObjects(repository, others), whole)).rejects.toMatchObject({
        code: 'pack/object-missing',
      });
    }
  });

  it('never becomes a clone, whichever byte is wrong or last', async () => {
    const repository = await importHistory(scratch, streamOf(steps));
    const whole = await packOf(repository);

    for (let at = 0; at < whole.bytes.length; at++) {
      const wrong = Buffer.from(whole.bytes);
      wrong.writeUInt8((wrong[at] ?? 0) ^ (1 << (at % 8)), at);
      await expect(clone(wrong, whole)).rejects.toMatchObject({ code: expect.stringMatching(/^pack\//) });
      await expect(clone(whole.bytes.subarray(0, at), whole)).rejects.toMatchObject({
        code: expect.stringMatching(/^pack\/(?:truncated|corrupt)$/),
      });
    }
  });
});
