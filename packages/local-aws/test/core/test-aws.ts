import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../src/index.ts';

/** An embedded AWS of its own folder, and what every SDK client needs to talk to it. */
export interface TestAws {
  readonly aws: LocalAws;
  readonly dataFolder: string;
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: LocalAws['credentials'];
    readonly maxAttempts: 1;
  };
  /** Stops it and removes the folder. */
  end(): Promise<void>;
}

export async function startTestAws(
  options: Omit<LocalAwsOptions, 'dataFolder'> & { dataFolder?: string } = {},
): Promise<TestAws> {
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'local-aws-'));
  const aws = await startLocalAws({ ...options, dataFolder });
  return {
    aws,
    dataFolder,
    client: { endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials, maxAttempts: 1 },
    async end() {
      await aws.close();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}
