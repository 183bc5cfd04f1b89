import type { Buildspec } from './buildspec.ts';
import type { ProjectSettings } from './records.ts';
import { checkRuntimes } from './runtime-versions.ts';

/** What a build asks for and does not get here, for its log. Throws BuildFailure for what AWS does not have either. */
export function notSimulated(buildspec: Buildspec, { environment, cache, vpcConfig }: ProjectSettings): string[] {
  const lines = checkRuntimes(buildspec, environment);
  const hasCache = buildspec.cache !== undefined || (cache?.type !== undefined && cache.type !== 'NO_CACHE');
  if (hasCache) lines.push('Caches are not kept by the embedded AWS');
  if (vpcConfig !== undefined) lines.push(`The build uses the network of this machine, not ${vpcConfig.vpcId}`);
  return lines;
}
