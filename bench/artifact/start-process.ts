import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A program that works beside the measured ones. */
export interface StartedProcess<T> {
  /** What it said when it was ready. */
  readonly ready: T;
  readonly close: () => Promise<void>;
}

/** Starts a file of this folder in a process of its own, so that what is measured shares no thread with it. */
export async function startProcess<T>(file: string, options: object): Promise<StartedProcess<T>> {
  const child = fork(new URL(file, import.meta.url), [JSON.stringify(options)]);
  const exited = once(child, 'exit');
  const first = once(child, 'message') as Promise<[T]>;
  const [ready] = await Promise.race([
    first,
    exited.then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`))),
  ]);
  return {
    ready,
    close: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** The other side: gives the options it was started with. */
export function readOptions<T>(): T {
  // Whoever starts the file is the function above, with an object of the file's own type.
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

/** Says that the process is ready, and closes it when its starter has gone. */
export function serve<T extends object>(ready: T, close: () => Promise<void> | void): void {
  process.once('disconnect', () => {
    void Promise.resolve(close()).finally(() => process.exit());
  });
  process.send?.(ready);
}
