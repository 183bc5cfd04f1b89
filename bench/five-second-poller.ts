import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGetBuildsCommand, CreateProjectCommand, StartBuildCommand } from '@aws-sdk/client-codebuild';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import type { Rehearsal } from '../apps/local/test/rehearsal.ts';
import { median } from './median.ts';

const RUNS = 6;
/** The published sample's pause between two looks at its build. */
const POLL_MS = 5000;
const PROJECT = 'peer';

/**
 * What AWS's published sample for custom sources does after its job was acknowledged, in our own words: start a build,
 * look at it every five seconds, report when it has ended. Median from the end of the build to that moment.
 */
export async function measureFiveSecondPoller(rehearsal: Rehearsal): Promise<number> {
  const { codeBuild } = rehearsal.clients;
  await codeBuild.send(
    new CreateProjectCommand({
      name: PROJECT,
      serviceRole: await createBuildRole(rehearsal),
      artifacts: { type: 'NO_ARTIFACTS' },
      // A build takes as long as it takes: the poll hits its end anywhere within five seconds.
      source: {
        type: 'NO_SOURCE',
        buildspec: 'version: 0.2\nphases:\n  build:\n    commands:\n      - sleep $PAUSE\n',
      },
      environment: {
        type: 'LINUX_CONTAINER',
        image: 'aws/codebuild/amazonlinux-x86_64-standard:5.0',
        computeType: 'BUILD_GENERAL1_SMALL',
      },
    }),
  );
  const waits = await Promise.all(
    Array.from({ length: RUNS }, (_, run) => measureOne(rehearsal, ((run + 0.5) * 5) / RUNS)),
  );
  return median(waits);
}

async function measureOne({ clients }: Rehearsal, pauseSeconds: number): Promise<number> {
  const { build } = await clients.codeBuild.send(
    new StartBuildCommand({
      projectName: PROJECT,
      environmentVariablesOverride: [{ name: 'PAUSE', value: String(pauseSeconds) }],
    }),
  );
  for (;;) {
    await sleep(POLL_MS);
    const { builds = [] } = await clients.codeBuild.send(new BatchGetBuildsCommand({ ids: [build?.id ?? ''] }));
    const endMs = builds[0]?.endTime?.getTime();
    if (builds[0]?.buildComplete === true && endMs !== undefined) return Date.now() - endMs;
  }
}

async function createBuildRole({ aws }: Rehearsal): Promise<string> {
  const iam = new IAMClient({ endpoint: aws.endpointUrl, region: aws.region, credentials: aws.credentials });
  const trust = { Effect: 'Allow', Principal: { Service: 'codebuild.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: PROJECT,
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    }),
  );
  const logs = { Effect: 'Allow', Action: 'logs:*', Resource: '*' };
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: PROJECT,
      PolicyName: 'logs',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [logs] }),
    }),
  );
  return Role?.Arn ?? '';
}
