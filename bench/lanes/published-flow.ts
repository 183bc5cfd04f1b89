import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGetBuildsCommand, CreateProjectCommand, StartBuildCommand } from '@aws-sdk/client-codebuild';
import type { Rehearsal } from '../../apps/local/test/rehearsal.ts';
import type { FunctionReport } from './read-report.ts';
import { createRole } from './source-pipeline.ts';

const PROJECT = 'published-flow';
/** The sample's pause between two looks at its build. */
const POLL_MS = 5000;
/** The least that a function can have. */
const MEMORY_MB = 128;

/** What it did for one repository. */
export interface PublishedJob {
  readonly wallMs: number;
  /** The function that waits for its build, which is not run here: its time is that of the waiting. */
  readonly waiting: FunctionReport;
  readonly buildMs: number;
}

/** The project of AWS's published sample for custom sources, in our own words: a clone, Info-ZIP, `aws s3 cp`. */
export async function createPublishedFlow(rehearsal: Rehearsal, bucket: string): Promise<void> {
  const commands = [
    'git clone -q -b main "$URL" clone',
    "cd clone && zip -qr ../out.zip . -x '*.git*'",
    `aws s3 cp --only-show-errors ../out.zip "s3://${bucket}/published-flow/$CODEBUILD_BUILD_NUMBER.zip"`,
  ];
  await rehearsal.clients.codeBuild.send(
    new CreateProjectCommand({
      name: PROJECT,
      serviceRole: await createRole(rehearsal, PROJECT, 'codebuild', ['logs:*', 's3:PutObject']),
      artifacts: { type: 'NO_ARTIFACTS' },
      source: { type: 'NO_SOURCE', buildspec: JSON.stringify({ version: '0.2', phases: { build: { commands } } }) },
      environment: {
        type: 'LINUX_CONTAINER',
        image: 'aws/codebuild/amazonlinux-x86_64-standard:5.0',
        computeType: 'BUILD_GENERAL1_SMALL',
        environmentVariables: [{ name: 'GIT_SSL_CAINFO', value: rehearsal.git.served.caCertificateFile }],
      },
    }),
  );
}

/** Starts the build and looks at it every five seconds, as the sample's function does, until it has ended. */
export async function runPublishedFlow({ clients }: Rehearsal, url: string): Promise<PublishedJob> {
  const startedAt = performance.now();
  const { build } = await clients.codeBuild.send(
    new StartBuildCommand({ projectName: PROJECT, environmentVariablesOverride: [{ name: 'URL', value: url }] }),
  );
  for (;;) {
    await sleep(POLL_MS);
    const { builds = [] } = await clients.codeBuild.send(new BatchGetBuildsCommand({ ids: [build?.id ?? ''] }));
    const [seen] = builds;
    if (seen?.buildComplete !== true) continue;
    if (seen.buildStatus !== 'SUCCEEDED') throw new Error(`the published flow's build ended as ${seen.buildStatus}`);
    const wallMs = performance.now() - startedAt;
    const waiting = { requestId: '', durationMs: wallMs, billedMs: Math.ceil(wallMs), memoryMb: MEMORY_MB };
    return { wallMs, waiting, buildMs: (seen.endTime?.getTime() ?? 0) - (seen.startTime?.getTime() ?? 0) };
  }
}
