import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '@gitsource/events';
import { parseArguments, USAGE, UsageError } from './arguments.ts';
import { createClients } from './create-clients.ts';
import { type DemoPorts, runDemo } from './demo.ts';
import { runLocal } from './local.ts';
import { createTerminal } from './terminal.ts';

function findProgram(name: string, path: string | undefined): string | undefined {
  for (const folder of (path ?? '').split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** The person at the keyboard had enough. */
class Interrupted extends Error {}

/** What the embedded AWS refused, as the AWS CLI would print it; a stack trace of ours would explain nothing. */
function isAwsRefusal(error: unknown): error is Error {
  return error instanceof Error && '$metadata' in error && '$fault' in error && error.$fault === 'client';
}

async function main(): Promise<number> {
  const args = parseArguments(process.argv.slice(2));
  if (args.command === 'help') {
    console.log(USAGE);
    return 0;
  }
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => interrupt.abort(new Interrupted(`ended by ${name}`)));
  const ports: DemoPorts = {
    terminal: createTerminal(process.stdout, process.env),
    createClients,
    projectFolder: fileURLToPath(new URL('../../../', import.meta.url)),
    nodePath: process.execPath,
    sshPath: findProgram('ssh', process.env.PATH),
    now: Date.now,
    signal: interrupt.signal,
  };
  if (args.command === 'demo') return (await runDemo(args, ports)) ? 0 : 1;
  await runLocal(args, ports);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
  else if (error instanceof CodedError) console.error(`\n${error.code}: ${error.message}`);
  else if (error instanceof Interrupted) console.error(`\n${error.message}`);
  else if (isAwsRefusal(error)) console.error(`\n${error.name}: ${error.message}`);
  else console.error(error);
  process.exitCode = 1;
}
