import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LocalArguments } from './arguments.ts';
import type { DemoPorts } from './demo.ts';
import { deployCustomAction, deploySamplePipeline, sampleSecret } from './deploy-sample.ts';
import type { DeployedStack } from './deploy-stack.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { writePostReceiveHook } from './post-receive-hook.ts';
import { type ReadyFile, writeReadyFile } from './ready-file.ts';
import { SAMPLE_BRANCH } from './sample-repository.ts';

/** Starts the stack, says how to reach it, and stays up until `ports.signal` is aborted. */
export async function runLocal(args: LocalArguments, ports: DemoPorts): Promise<void> {
  const dataFolder = args.data === undefined ? await mkdtemp(join(tmpdir(), 'gitsource-local-')) : resolve(args.data);
  await mkdir(dataFolder, { recursive: true });
  try {
    const embedded = await startEmbedded({ dataFolder, port: args.port, createClients: ports.createClients });
    try {
      const stacks = args.empty ? [] : await deploySample(embedded, ports);
      const ready = readyContent(embedded, stacks);
      announce(ready, ports);
      if (args.readyFile !== undefined) await writeReadyFile(resolve(args.readyFile), ready);
      await interrupted(ports.signal);
    } finally {
      await embedded.close();
    }
  } finally {
    if (args.data === undefined) await rm(dataFolder, { recursive: true, force: true });
  }
}

async function deploySample(embedded: Embedded, ports: DemoPorts): Promise<DeployedStack[]> {
  const transport = ports.sshPath === undefined ? 'https' : 'ssh';
  const { served, repository } = embedded.git;
  const action = await deployCustomAction(embedded, ports.projectFolder);
  const sample = await deploySamplePipeline(embedded, ports.projectFolder, {
    gitUrl: transport === 'ssh' ? served.sshUrl : served.httpsUrl,
    branch: SAMPLE_BRANCH,
    secret: sampleSecret(embedded.git, transport),
  });
  await writePostReceiveHook(repository.folder, sample.outputs.WebhookUrl ?? '', ports.nodePath);
  return [action, sample];
}

function readyContent({ aws, git }: Embedded, stacks: readonly DeployedStack[]): ReadyFile {
  return {
    awsEndpointUrl: aws.endpointUrl,
    region: aws.region,
    accountId: aws.accountId,
    credentials: aws.credentials,
    stacks,
    git: [git.served],
    callLog: aws.callLog,
  };
}

function announce(ready: ReadyFile, { terminal }: DemoPorts): void {
  const { credentials } = ready;
  terminal.heading('The embedded AWS is up; interrupt to end it');
  for (const stack of ready.stacks) terminal.done(`stack ${stack.name}`);
  const [git] = ready.git;
  if (git !== undefined) {
    terminal.fact('git', git.sshUrl);
    terminal.fact('', git.httpsUrl);
    terminal.fact('key', git.privateKeyFile);
  }
  terminal.fact('call log', ready.callLog);
  terminal.heading('For the AWS CLI');
  terminal.line(
    `export AWS_ENDPOINT_URL=${ready.awsEndpointUrl} AWS_REGION=${ready.region} AWS_DEFAULT_REGION=${ready.region}`,
  );
  terminal.line(
    `export AWS_ACCESS_KEY_ID=${credentials.accessKeyId} AWS_SECRET_ACCESS_KEY=${credentials.secretAccessKey}`,
  );
}

function interrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
