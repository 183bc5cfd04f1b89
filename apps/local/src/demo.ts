import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DemoArguments } from './arguments.ts';
import type { ClientSettings, Clients } from './clients.ts';
import { connectWebhook } from './connect-webhook.ts';
import {
  connectStatuses,
  deployCommitStatus,
  deployCustomAction,
  deploySamplePipeline,
  deployWebhookReceiver,
  PIPELINE_NAME,
  type SourcePlan,
  sampleSecret,
} from './deploy-sample.ts';
import type { DeployedStack } from './deploy-stack.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { failureOf } from './execution-failure.ts';
import { keepArtifact } from './keep-artifact.ts';
import { nextExecution } from './next-execution.ts';
import { pushCommit } from './push-commit.ts';
import { readSecretFile } from './read-secret-file.ts';
import { SAMPLE_BRANCH } from './sample-repository.ts';
import { showStatuses } from './show-statuses.ts';
import { type StatusServer, startStatusServer } from './status-server.ts';
import type { Terminal } from './terminal.ts';
import { type WatchedExecution, watchExecution } from './watch-execution.ts';

export interface DemoPorts {
  readonly terminal: Terminal;
  readonly createClients: (settings: ClientSettings) => Clients;
  /** Root of the checkout: `cloudformation/` and `apps/` are below it. */
  readonly projectFolder: string;
  readonly nodePath: string;
  /** The SSH client, where there is one. */
  readonly sshPath: string | undefined;
  readonly now: () => number;
  /** Aborted by an interrupt. */
  readonly signal: AbortSignal;
}

/** Deploys everything into an embedded AWS, runs one execution and shows it; true = it succeeded. */
export async function runDemo(args: DemoArguments, ports: DemoPorts): Promise<boolean> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'gitsource-demo-'));
  try {
    const started = ports.now();
    const embedded = await startEmbedded({ dataFolder, port: 0, createClients: ports.createClients });
    try {
      ports.terminal.heading('The embedded AWS');
      ports.terminal.done(`listening on ${embedded.aws.endpointUrl} (${embedded.aws.region})`, ports.now() - started);
      return args.gitUrl === undefined
        ? await demoWithStatuses(embedded, ports)
        : await demoOwn(embedded, ports, await ownSource(args, args.gitUrl));
    } finally {
      await embedded.close();
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function ownSource({ branch, secretFile }: DemoArguments, gitUrl: string): Promise<SourcePlan> {
  return { gitUrl, branch, ...(secretFile !== undefined && { secret: await readSecretFile(secretFile) }) };
}

async function demoOwn(embedded: Embedded, ports: DemoPorts, source: SourcePlan): Promise<boolean> {
  ports.terminal.heading('The templates, as shipped');
  await deployStep(ports, 'custom-action', () => deployCustomAction(embedded, ports.projectFolder));
  await deployStep(ports, 'sample-pipeline', () => deploySamplePipeline(embedded, ports.projectFolder, source));
  const executionId = await nextExecution(embedded.clients.codePipeline, PIPELINE_NAME, [], ports.signal);
  return show(embedded, ports, executionId, ports.now());
}

async function demoWithStatuses(embedded: Embedded, ports: DemoPorts): Promise<boolean> {
  const statuses = await startStatusServer(ports.now);
  try {
    await connectStatuses(embedded, statuses);
    return await demoSample(embedded, ports, statuses);
  } finally {
    await statuses.close();
  }
}

async function demoSample(embedded: Embedded, ports: DemoPorts, statuses: StatusServer): Promise<boolean> {
  const { git, clients } = embedded;
  const transport = ports.sshPath === undefined ? 'https' : 'ssh';
  const gitUrl = transport === 'ssh' ? git.served.sshUrl : git.served.httpsUrl;
  const webhookSecret = crypto.randomUUID();
  const source = {
    gitUrl,
    branch: SAMPLE_BRANCH,
    secret: sampleSecret(git, transport, webhookSecret),
    repositoryPath: git.served.name,
  };
  const { projectFolder } = ports;
  ports.terminal.heading('The templates, as shipped');
  await deployStep(ports, 'custom-action', () => deployCustomAction(embedded, projectFolder));
  const receiver = await deployStep(ports, 'webhook-receiver', () => deployWebhookReceiver(embedded, projectFolder));
  await deployStep(ports, 'commit-status', () => deployCommitStatus(embedded, projectFolder));
  await deployStep(ports, 'sample-pipeline', () => deploySamplePipeline(embedded, projectFolder, source));
  const url = await connectWebhook(embedded, receiver, webhookSecret, ports.nodePath);
  const creation = await nextExecution(clients.codePipeline, PIPELINE_NAME, [], ports.signal);
  const waited = ports.now();
  await watchExecution(clients, embedded.aws.callLog, PIPELINE_NAME, creation, ports.signal, () => {});
  ports.terminal.done('pipeline ran once because it was created, as on AWS', ports.now() - waited);

  ports.terminal.heading('A push');
  ports.terminal.fact('repository', gitUrl);
  ports.terminal.fact('webhook', url);
  const pushing = ports.now();
  const sha = await pushCommit(git, {
    branch: SAMPLE_BRANCH,
    message: 'Greet the pipeline\n\nPushed by the demo.\n',
    files: { 'greeting.txt': 'hello, pipeline\n' },
  });
  ports.terminal.done(`pushed ${sha.slice(0, 12)} “Greet the pipeline” to ${SAMPLE_BRANCH}`, ports.now() - pushing);
  const executionId = await nextExecution(clients.codePipeline, PIPELINE_NAME, [creation], ports.signal);
  const succeeded = await show(embedded, ports, executionId, pushing);
  return (await showStatuses(statuses, sha, pushing, ports)) && succeeded;
}

async function deployStep(
  { terminal, now }: DemoPorts,
  template: string,
  deploy: () => Promise<DeployedStack>,
): Promise<DeployedStack> {
  const started = now();
  const stack = await deploy();
  terminal.done(`cloudformation/${template}.yaml deployed`, now() - started);
  return stack;
}

async function show(embedded: Embedded, ports: DemoPorts, executionId: string, sinceMs: number): Promise<boolean> {
  const { terminal } = ports;
  terminal.heading('The execution');
  let previousMs = sinceMs;
  const watched = await watchExecution(
    embedded.clients,
    embedded.aws.callLog,
    PIPELINE_NAME,
    executionId,
    ports.signal,
    (step) => {
      const sincePreviousMs = step.atMs - previousMs;
      if (step.ok) terminal.done(step.text, sincePreviousMs);
      else terminal.failed(step.text, sincePreviousMs);
      previousMs = Math.max(previousMs, step.atMs);
    },
  );
  const succeeded = watched.execution.status === 'Succeeded';
  if (succeeded) terminal.done('execution SUCCEEDED, in all', ports.now() - sinceMs);
  else terminal.failed(`execution ${watched.execution.status?.toUpperCase()}`, ports.now() - sinceMs);
  await conclude(embedded, ports, watched, succeeded);
  return succeeded;
}

async function conclude(
  embedded: Embedded,
  { terminal }: DemoPorts,
  watched: WatchedExecution,
  succeeded: boolean,
): Promise<void> {
  if (!succeeded) {
    const failure = await failureOf(embedded.clients, watched);
    terminal.heading('What failed');
    terminal.fact('type', failure.type);
    terminal.fact('message', failure.message);
    for (const line of failure.log) terminal.note(line);
    return;
  }
  const artifact = await keepArtifact(embedded.clients.s3, watched);
  terminal.heading('The artifact');
  terminal.fact('in S3', artifact.s3Uri);
  terminal.fact('copy', artifact.file);
}
