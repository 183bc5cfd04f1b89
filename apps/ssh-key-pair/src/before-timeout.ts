import { SshKeyPairError } from './errors.ts';

/**
 * Runs `work` for at most `timeoutMs`, then aborts its signal and throws `ssh-key-pair/timed-out`: a function that is
 * killed answers nobody, and its stack waits for an hour.
 */
export async function beforeTimeout<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timedOut(timeoutMs)), Math.max(0, timeoutMs));
  });
  try {
    return await Promise.race([work(abort.signal), late]);
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

function timedOut(timeoutMs: number): SshKeyPairError {
  return new SshKeyPairError(
    'ssh-key-pair/timed-out',
    `The key pair was not ready after ${Math.round(timeoutMs / 1000)} s. Try again; if it stays so, check the function's way to Secrets Manager and give it more time and memory.`,
  );
}
