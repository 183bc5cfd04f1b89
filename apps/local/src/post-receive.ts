import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/*
 * The hook program of the served repositories: one signed delivery for each push, in the form of the generic provider,
 * and word to the embedded AWS's connections, which are told by the provider as well.
 * `hooks/post-receive` is the one for real servers; this one needs nothing that the demo does not need anyway.
 */

export interface HookSettings {
  /** Where deliveries go, and what they are signed with; absent: nowhere. */
  readonly url?: string;
  readonly secret?: string;
  /** Where the embedded AWS hears of changes in connected repositories, and the name that they know this one by. */
  readonly connections?: { readonly url: string; readonly fullRepositoryId: string };
  readonly repository: { readonly path: string; readonly httpsUrl: string; readonly sshUrl: string };
}

const ZEROS = /^0+$/;

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' });
}

/** What one line on the hook's input tells: `<old> <new> <ref>`. */
function readChange(line: string): object {
  const [before = '', after = '', ref = ''] = line.split(' ');
  if (ZEROS.test(after)) return { ref, before, after };
  const commit = git('rev-parse', '--verify', `${after}^{commit}`).trim();
  const form = ['%H', '%an', '%ae', '%aI', '%B'].join('%x00');
  const [sha, authorName, authorEmail, committedAt, message] = git('log', '-1', `--format=${form}`, commit).split('\0');
  const headCommit = { sha, message, authorName, authorEmail, committedAt };
  if (ZEROS.test(before)) return { ref, before, after: commit, headCommit };
  const changedPaths = git('diff', '--name-only', '-z', before, commit).split('\0').filter(Boolean);
  const forced = spawnSync('git', ['merge-base', '--is-ancestor', before, commit]).status !== 0;
  return { ref, before, after: commit, forced, headCommit, changedPaths, changedPathsComplete: true };
}

async function main(settingsFile: string): Promise<void> {
  const settings = JSON.parse(readFileSync(settingsFile, 'utf8')) as HookSettings;
  const lines = readFileSync(0, 'utf8').split('\n').filter(Boolean);
  const { url, secret, connections } = settings;
  if (url !== undefined && secret !== undefined) await deliver({ ...settings, url, secret }, lines);
  if (connections !== undefined) for (const line of lines) await report(connections, line);
}

async function deliver(
  { url, secret, repository }: HookSettings & { readonly url: string; readonly secret: string },
  lines: readonly string[],
): Promise<void> {
  const body = JSON.stringify({ repository, changes: lines.map(readChange) });
  const id = randomUUID();
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  const reply = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'gitsource-event': 'push',
      'webhook-id': id,
      'webhook-timestamp': `${timestamp}`,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  });
  console.log(`webhook: ${reply.status} ${await reply.text()}`);
}

async function report(
  { url, fullRepositoryId }: NonNullable<HookSettings['connections']>,
  line: string,
): Promise<void> {
  const [before, after, ref] = line.split(' ');
  const body = JSON.stringify({ repository: fullRepositoryId, ref, before, after });
  const reply = await fetch(url, { method: 'POST', body });
  console.log(`connections: ${reply.status} ${(await reply.text()).trim()}`);
}

const [settingsFile] = process.argv.slice(2);
if (settingsFile === undefined) throw new Error('usage: post-receive <settings file>');
await main(settingsFile);
