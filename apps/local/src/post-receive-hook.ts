import { chmod, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HookSettings } from './post-receive.ts';

/** Makes a bare repository tell of each push: its webhook, signed, and connections, as a Git server with webhooks would. */
export async function writePostReceiveHook(
  bareRepository: string,
  settings: HookSettings,
  nodePath: string,
): Promise<void> {
  const settingsFile = join(bareRepository, 'hooks', 'webhook.json');
  await writeFile(settingsFile, JSON.stringify(settings), { mode: 0o600 });
  // Beside this file, compiled or not.
  const program = fileURLToPath(new URL(`./post-receive${extname(import.meta.url)}`, import.meta.url));
  const hook = join(bareRepository, 'hooks', 'post-receive');
  await writeFile(hook, `#!/bin/sh\nexec ${[nodePath, program, settingsFile].map(quote).join(' ')}\n`);
  await chmod(hook, 0o755);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
