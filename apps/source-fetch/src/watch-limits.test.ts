import { HandOver } from '@gitsource/lanes';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FunctionLimits, type WatchedLimits, watchLimits } from './watch-limits.ts';

const MIB = 1024 * 1024;
/** Longer than two looks. */
const A_WHILE_MS = 500;

/** A function with room for everything; what a test changes is seen at the next look. */
function roomy() {
  return { remainingMs: 900_000, usedMemoryBytes: 100 * MIB, freeStorageBytes: 500 * MIB };
}

let watched: WatchedLimits | undefined;
beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  watched?.stop();
  vi.useRealTimers();
});

function watch(state: ReturnType<typeof roomy>, over: Partial<FunctionLimits> = {}): AbortSignal {
  watched = watchLimits({
    memoryBytes: 512 * MIB,
    remainingMs: () => state.remainingMs,
    usedMemoryBytes: () => state.usedMemoryBytes,
    freeStorageBytes: async () => state.freeStorageBytes,
    ...over,
  });
  return watched.signal;
}

async function reasonOf(signal: AbortSignal): Promise<unknown> {
  await vi.advanceTimersByTimeAsync(A_WHILE_MS);
  return signal.reason;
}

describe('watchLimits', () => {
  it.each([
    [{ remainingMs: 44_999 }, "the function's time is nearly over"],
    [{ usedMemoryBytes: 472 * MIB }, "the function's memory is nearly used up"],
    [{ freeStorageBytes: 31 * MIB }, "the function's storage is nearly full"],
  ])('hands over at %j', async (change, why) => {
    const state = roomy();
    const signal = watch(state);

    Object.assign(state, change);

    const reason = await reasonOf(signal);
    expect(reason).toBeInstanceOf(HandOver);
    expect(reason).toMatchObject({ why, teachesNothing: false });
  });

  it('does not just before', async () => {
    const state = roomy();
    const signal = watch(state);

    Object.assign(state, { remainingMs: 45_000, usedMemoryBytes: 471 * MIB, freeStorageBytes: 32 * MIB });

    expect(await reasonOf(signal)).toBeUndefined();
  });

  it('keeps a quarter of a short time', async () => {
    const state = { ...roomy(), remainingMs: 60_000 };
    const signal = watch(state);

    state.remainingMs = 15_000;
    expect(await reasonOf(signal)).toBeUndefined();

    state.remainingMs = 14_999;
    expect(await reasonOf(signal)).toMatchObject({ why: "the function's time is nearly over" });
  });

  it('takes storage that cannot be asked for storage', async () => {
    const freeStorageBytes = () => Promise.reject(new Error('no such folder'));
    const signal = watch(roomy(), { freeStorageBytes });

    expect(await reasonOf(signal)).toBeUndefined();
  });

  it('looks no more when it is stopped', async () => {
    const state = roomy();
    const signal = watch(state);

    watched?.stop();
    state.remainingMs = 0;

    expect(await reasonOf(signal)).toBeUndefined();
  });
});
