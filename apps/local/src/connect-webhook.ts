import { SAMPLE_CONNECTION, webhookUrl } from './deploy-sample.ts';
import type { DeployedStack } from './deploy-stack.ts';
import type { Embedded } from './embedded.ts';
import { writePostReceiveHook } from './post-receive-hook.ts';

/** Makes the served repository deliver each push to the receiver; returns the webhook's URL. */
export async function connectWebhook(
  embedded: Embedded,
  receiver: DeployedStack,
  secret: string,
  nodePath: string,
): Promise<string> {
  const { served, repository } = embedded.git;
  const url = webhookUrl(embedded, receiver, SAMPLE_CONNECTION);
  const { name: path, httpsUrl, sshUrl } = served;
  await writePostReceiveHook(repository.folder, { url, secret, repository: { path, httpsUrl, sshUrl } }, nodePath);
  return url;
}
