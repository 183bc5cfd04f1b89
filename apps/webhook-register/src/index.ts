import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CodedError } from '@gitsource/events';
import { readConnection, redactText } from '@gitsource/runtime';
import { parseArguments, USAGE, UsageError } from './arguments.ts';
import { registerWebhook } from './register-webhook.ts';

async function main(words: readonly string[]): Promise<string> {
  if (words.includes('--help')) return USAGE;
  const args = parseArguments(words);
  const secretsManager = new SecretsManagerClient();
  return registerWebhook({ readConnection: (secretId) => readConnection(secretsManager, secretId) }, args);
}

try {
  console.log(await main(process.argv.slice(2)));
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
  else if (error instanceof CodedError) console.error(`${error.code}: ${redactText(error.message)}`);
  else console.error(redactText(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  process.exitCode = 1;
}
