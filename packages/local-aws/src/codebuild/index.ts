import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { buildOperations } from './build-operations.ts';
import { BuildQueue } from './build-queue.ts';
import { projectOperations } from './project-operations.ts';
import { BuildStore } from './store.ts';

export interface CodeBuildOptions {
  /** What a minute of a timeout lasts; default 60,000. Tests make it short. */
  readonly minuteMs?: number;
}

/** CodeBuild: buildspec 0.2 with bash on this machine, as the project's service role. */
export function createCodeBuild(cloud: Cloud, { minuteMs = 60_000 }: CodeBuildOptions = {}): Service {
  const store = new BuildStore(cloud);
  const queue = new BuildQueue(store, minuteMs);
  return {
    name: 'codebuild',
    operations: { ...projectOperations(store), ...buildOperations(store, queue) },
    start: async () => queue.start(),
    stop: async () => queue.stop(),
  };
}
