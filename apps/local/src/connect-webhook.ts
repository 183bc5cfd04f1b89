import { SAMPLE_CONNECTION, webhookUrl } from './deploy-sample.ts';
import type { DeployedStack } from './deploy-stack.ts';
import type { Embedded } from './embedded.ts';
import type { HookSettings } from './post-receive.ts';
import { writePostReceiveHook } from './post-receive-hook.ts';

/** Makes the served repository tell of each push, the receiver and connections; returns the webhook's URL. */
export async function connectWebhook(
  embedded: Embedded,
  receiver: DeployedStack,
  secret: string,
  nodePath: string,
): Promise<string> {
  const { served, repository } = embedded.git;
  const url = webhookUrl(embedded, receiver, SAMPLE_CONNECTION);
  const { name: path, httpsUrl, sshUrl } = served;
  const settings = {
    url,
    secret,
    connections: connectionsHook(embedded, path),
    repository: { path, httpsUrl, sshUrl },
  };
  await writePostReceiveHook(repository.folder, settings, nodePath);
  return url;
}

/** The part of a hook's settings by which pushes start pipelines of CodeConnections. */
export function connectionsHook({ aws }: Embedded, fullRepositoryId: string): NonNullable<HookSettings['connections']> {
  return { url: `${aws.endpointUrl}/codeconnections/changes`, fullRepositoryId };
}
