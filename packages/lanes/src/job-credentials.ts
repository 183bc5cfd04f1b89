import { readJobDetails } from '@gitsource/job-protocol';
import type { JobPorts } from './ports.ts';

/** The SDK renews credentials five minutes before they end; their true lifetime is undocumented, so ask every 10. */
const ASSUMED_LIFETIME_MS = 15 * 60_000;

/** A provider that reads the job again whenever an upload needs newer credentials. */
export function jobCredentials({ codePipeline, now }: Pick<JobPorts, 'codePipeline' | 'now'>, jobId: string) {
  return async () => {
    const { artifactCredentials } = await readJobDetails(codePipeline, jobId);
    return { ...artifactCredentials, expiration: new Date(now() + ASSUMED_LIFETIME_MS) };
  };
}
