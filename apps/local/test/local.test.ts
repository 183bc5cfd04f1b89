import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CodePipelineClient,
  ListPipelineExecutionsCommand,
  type PipelineExecutionSummary,
} from '@aws-sdk/client-codepipeline';
import { runGit } from '@gitsource/local-git';
import { afterEach, describe, expect, it } from 'vitest';
import type { ReadyFile } from '../src/ready-file.ts';

const PROGRAM = join(import.meta.dirname, '..', 'src', 'index.ts');
const running: ChildProcess[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gitsource-local-test-'));
  folders.push(folder);
  return folder;
}

async function startLocal(folder: string, ...options: string[]) {
  const readyFile = join(folder, 'ready.json');
  await rm(readyFile, { force: true });
  const child = spawn(
    process.execPath,
    ['--conditions=@gitsource/source', PROGRAM, 'local', '--ready-file', readyFile, ...options],
    { env: { PATH: process.env.PATH, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  running.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  while (!existsSync(readyFile)) {
    if (child.exitCode !== null) throw new Error(`local ended with ${child.exitCode}:\n${output}`);
    await delay(50);
  }
  const ready = JSON.parse(await readFile(readyFile, 'utf8')) as ReadyFile;
  return { child, ready, output: () => output };
}

async function stopLocal(child: ChildProcess): Promise<number | null> {
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  return exited;
}

async function executions(ready: ReadyFile, count: number): Promise<PipelineExecutionSummary[]> {
  const client = new CodePipelineClient({
    endpoint: ready.awsEndpointUrl,
    region: ready.region,
    // A copy, because the SDK writes into what it is given.
    credentials: { ...ready.credentials },
  });
  for (;;) {
    const { pipelineExecutionSummaries: found = [] } = await client.send(
      new ListPipelineExecutionsCommand({ pipelineName: 'gitsource-sample' }),
    );
    if (found.length >= count && found.every(({ status }) => status !== 'InProgress')) return found;
    await delay(100);
  }
}

describe('local', () => {
  it('deploys, starts the pipeline on a push, ends on an interrupt, and resumes its data folder', async () => {
    const folder = await scratch();
    const data = join(folder, 'data');
    const first = await startLocal(folder, '--data', data);
    const [git] = first.ready.git;
    expect(first.ready.stacks.map(({ name }) => name)).toEqual([
      'gitsource-custom-action',
      'gitsource-webhook-receiver',
      'gitsource-sample',
    ]);
    expect(Object.keys(git ?? {}).sort()).toEqual([
      'authorizedKeysFile',
      'bareRepository',
      'caCertificateFile',
      'httpsUrl',
      'knownHosts',
      'name',
      'privateKeyFile',
      'sshUrl',
    ]);
    expect((await executions(first.ready, 1)).map(({ status }) => status)).toEqual(['Succeeded']);

    // A push by path: the hook tells the webhook, whatever way the commit came.
    const clone = join(folder, 'clone');
    await runGit(folder, ['clone', '--quiet', git?.bareRepository ?? '', clone]);
    await runGit(clone, [
      '-c',
      'user.name=A',
      '-c',
      'user.email=a@b.c',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'Push',
    ]);
    await runGit(clone, ['push', '--quiet', 'origin', 'main']);
    const [latest] = await executions(first.ready, 2);
    expect(latest?.trigger?.triggerType).toBe('StartPipelineExecution');
    expect(latest?.sourceRevisions?.[0]?.revisionId).toBe(await runGit(clone, ['rev-parse', 'HEAD']));

    const calls = await readFile(first.ready.callLog, 'utf8');
    expect(calls).toContain('"AcknowledgeJob"');
    expect(calls).not.toContain(first.ready.credentials.secretAccessKey);
    expect(await stopLocal(first.child)).toBe(0);

    const second = await startLocal(folder, '--data', data);
    expect(second.ready.credentials).toEqual(first.ready.credentials);
    expect(second.ready.git[0]?.httpsUrl).toBe(git?.httpsUrl);
    expect((await executions(second.ready, 2)).length).toBeGreaterThanOrEqual(2);
    expect(await stopLocal(second.child)).toBe(0);
  }, 180_000);

  it('deploys nothing when empty, and removes its temporary folder', async () => {
    const folder = await scratch();
    const { child, ready, output } = await startLocal(folder, '--empty');

    expect(ready.stacks).toEqual([]);
    expect(output()).toContain(`AWS_ENDPOINT_URL=${ready.awsEndpointUrl}`);
    expect(existsSync(ready.callLog)).toBe(true);
    expect(await stopLocal(child)).toBe(0);
    expect(existsSync(ready.callLog)).toBe(false);
  }, 60_000);
});
