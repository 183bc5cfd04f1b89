import { type UploadedArtifact, uploadArtifact, writeZip } from '@gitsource/artifact';
import type { FetchedCommit } from '@gitsource/git';
import { type ActionConfiguration, type JobDetails, readJobDetails } from '@gitsource/job-protocol';
import type { Config } from './config.ts';
import { jobCredentials } from './job-credentials.ts';
import type { Ports } from './ports.ts';
import { showBytes } from './step-log.ts';

/** Zips a fetched commit straight into the pipeline's artifact store, with credentials read at that moment. */
export async function uploadSource(
  ports: Ports,
  config: Config,
  fetched: FetchedCommit,
  { outputArtifactFormat }: ActionConfiguration,
): Promise<UploadedArtifact> {
  const { outputArtifact, encryptionKeyId }: JobDetails = await readJobDetails(ports.codePipeline, config.jobId);
  const { bucket, key } = outputArtifact;
  const body = writeZip(fetched.entries(), {
    modified: new Date(fetched.commit.committerDate),
    allowGitFolder: outputArtifactFormat === 'FULL_CLONE',
  });
  return ports.log.step(
    () =>
      uploadArtifact({
        region: config.region,
        credentials: jobCredentials(ports, config.jobId),
        bucket,
        key,
        ...(encryptionKeyId !== undefined && { encryptionKeyId }),
        body,
        metadata: { commit: fetched.commit.sha },
        signal: ports.signal,
      }),
    ({ bytes }) => `Uploaded ${showBytes(bytes)} to s3://${bucket}/${key}`,
  );
}
