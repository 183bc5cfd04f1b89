import { afterEach, describe, expect, it } from 'vitest';
import { type Work, WorkThreads } from './work-threads.ts';

interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly act?: 'throw' | 'exit' | 'sleep';
}

const crcOf: Work<Batch, number> = ({ bytes, act }, { crc32 }) => {
  if (act === 'throw') throw new Error('out of order');
  if (act === 'exit') process.exit(3);
  if (act === 'sleep') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
  return { answer: crc32(bytes), transfer: [] };
};

const batch = (text: string, act?: Batch['act']): Batch => ({
  bytes: new TextEncoder().encode(text),
  ...(act && { act }),
});

let threads: WorkThreads<Batch, number>;
afterEach(() => threads.close());

describe('WorkThreads', () => {
  it('gives each batch its own answer, whichever thread has it', async () => {
    threads = new WorkThreads(crcOf, 2);
    const texts = Array.from({ length: 50 }, (_, n) => `text ${n}`);

    const answers = await Promise.all(texts.map((text) => threads.ask(batch(text), [])));

    expect(answers).toEqual(texts.map((text) => threads.workHere(batch(text))));
    expect(new Set(answers).size).toBe(50);
  });

  it('tells when all have enough to do', async () => {
    threads = new WorkThreads(crcOf, 1);

    const first = threads.ask(batch('a'), []);
    expect(threads.areBusy).toBe(false);
    const second = threads.ask(batch('b'), []);
    expect(threads.areBusy).toBe(true);

    await Promise.all([first, second]);
    expect(threads.areBusy).toBe(false);
  });

  it.each([
    ['throw', 'out of order'],
    ['exit', 'without a reason'],
  ] as const)('rejects what a thread has, and what it is asked later, after %s', async (act, reason) => {
    threads = new WorkThreads(crcOf, 1);
    const asked = [threads.ask(batch('a', act), []), threads.ask(batch('b'), [])];

    for (const answer of asked) {
      await expect(answer).rejects.toMatchObject({
        code: 'artifact/thread-failed',
        fault: 'unavailable',
        message: expect.stringContaining(reason),
      });
    }
    await expect(threads.ask(batch('c'), [])).rejects.toMatchObject({ code: 'artifact/thread-failed' });
  });

  it('rejects what is not answered when it is closed', async () => {
    threads = new WorkThreads(crcOf, 1);
    const asked = threads.ask(batch('a', 'sleep'), []);
    const outcome = expect(asked).rejects.toMatchObject({ code: 'artifact/thread-failed' });

    await threads.close();

    await outcome;
    expect(process.getActiveResourcesInfo()).not.toContain('MessagePort');
  });
});
