import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { type FetchOutcome, fetchTask } from './fetch-task.ts';
import { parseTask } from './parse-task.ts';
import type { Ports } from './ports.ts';
import { watchLimits } from './watch-limits.ts';

/** As much of Lambda's context as says how long there is. */
export interface Remaining {
  getRemainingTimeInMillis(): number;
}

/** Does one job or one push. Throws where neither its result nor its hand-over could be told; Lambda's on-failure destination is. */
export function createHandler(ports: Ports, config: Config) {
  return async (input: unknown, context: Remaining): Promise<FetchOutcome> => {
    const task = parseTask(input, config.pushSettings);
    const workFolder = await mkdtemp(join(tmpdir(), 'source-fetch-'));
    const limits = watchLimits({
      remainingMs: () => context.getRemainingTimeInMillis(),
      memoryBytes: config.memoryBytes,
      usedMemoryBytes: ports.usedMemoryBytes,
      freeStorageBytes: async () => {
        const { bavail, bsize } = await statfs(workFolder);
        return bavail * bsize;
      },
    });
    try {
      return await fetchTask({ ...ports, workFolder, signal: limits.signal }, config, task);
    } finally {
      limits.stop();
      await rm(workFolder, { recursive: true, force: true });
    }
  };
}
