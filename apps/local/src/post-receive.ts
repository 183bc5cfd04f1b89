import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/*
 * The hook program of the served repositories: one signed delivery for each push, in the form of the generic provider.
 * `hooks/post-receive` is the one for real servers; this one needs nothing that the demo does not need anyway.
 */

export interface WebhookSettings {
  readonly url: string;
  readonly secret: string;
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
  const { url, secret, repository } = JSON.parse(readFileSync(settingsFile, 'utf8')) as WebhookSettings;
  const changes = readFileSync(0, 'utf8').split('\n').filter(Boolean).map(readChange);
  const body = JSON.stringify({ repository, changes });
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

const [settingsFile] = process.argv.slice(2);
if (settingsFile === undefined) throw new Error('usage: post-receive <settings file>');
await main(settingsFile);
