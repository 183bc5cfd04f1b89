import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LocalArguments } from './arguments.ts';
import { connectWebhook } from './connect-webhook.ts';
import type { DemoPorts } from './demo.ts';
import {
  deployCustomAction,
  deploySamplePipeline,
  deployWebhookReceiver,
  SAMPLE_CONNECTION,
  sampleSecret,
} from './deploy-sample.ts';
import type { DeployedStack } from './deploy-stack.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { type ReadyFile, writeReadyFile } from './ready-file.ts';
import { SAMPLE_BRANCH } from './sample-repository.ts';

/** Starts the stack, says how to reach it, and stays up until `ports.signal` is aborted. */
export async function runLocal(args: LocalArguments, ports: DemoPorts): Promise<void> {
  const dataFolder = args.data === undefined ? await mkdtemp(join(tmpdir(), 'gitsource-local-')) : resolve(args.data);
  await mkdir(dataFolder, { recursive: true });
  try {
    const embedded = await startEmbedded({ dataFolder, port: args.port, createClients: ports.createClients });
    try {
      const deployed = args.empty ? { stacks: [], webhookUrls: {} } : await deploySample(embedded, ports);
      const ready = readyContent(embedded, deployed);
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

type Deployed = Pick<ReadyFile, 'stacks' | 'webhookUrls'>;

async function deploySample(embedded: Embedded, ports: DemoPorts): Promise<Deployed> {
  const transport = ports.sshPath === undefined ? 'https' : 'ssh';
  const { served } = embedded.git;
  const webhookSecret = crypto.randomUUID();
  const stacks: DeployedStack[] = [];
  stacks.push(await deployCustomAction(embedded, ports.projectFolder));
  const receiver = await deployWebhookReceiver(embedded, ports.projectFolder);
  stacks.push(receiver);
  const sample = await deploySamplePipeline(embedded, ports.projectFolder, {
    gitUrl: transport === 'ssh' ? served.sshUrl : served.httpsUrl,
    branch: SAMPLE_BRANCH,
    secret: sampleSecret(embedded.git, transport, webhookSecret),
    repositoryPath: served.name,
  });
  stacks.push(sample);
  const url = await connectWebhook(embedded, receiver, webhookSecret, ports.nodePath);
  return { stacks, webhookUrls: { [SAMPLE_CONNECTION]: url } };
}

function readyContent({ aws, git }: Embedded, { stacks, webhookUrls }: Deployed): ReadyFile {
  // The SDK marks the objects that it is given.
  const { accessKeyId, secretAccessKey } = aws.credentials;
  return {
    awsEndpointUrl: aws.endpointUrl,
    region: aws.region,
    accountId: aws.accountId,
    credentials: { accessKeyId, secretAccessKey },
    stacks,
    git: [git.served],
    webhookUrls,
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
    terminal.fact('more keys', git.authorizedKeysFile);
  }
  for (const url of Object.values(ready.webhookUrls)) terminal.fact('webhook', url);
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
