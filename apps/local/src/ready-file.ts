import { rename, writeFile } from 'node:fs/promises';
import type { DeployedStack } from './deploy-stack.ts';

/** What a program or test that drives `local` reads, once everything is up. */
export interface ReadyFile {
  readonly awsEndpointUrl: string;
  readonly region: string;
  readonly accountId: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly stacks: readonly DeployedStack[];
  readonly git: readonly ServedRepository[];
  /** Where deliveries go, by connection: `{"sample": "http://127.0.0.1:…/webhooks/sample"}`. */
  readonly webhookUrls: Readonly<Record<string, string>>;
  /** JSON lines: each AWS call with time, service, action, caller, resource and outcome. */
  readonly callLog: string;
}

export interface ServedRepository {
  readonly name: string;
  readonly sshUrl: string;
  readonly httpsUrl: string;
  /** Text for `known_hosts`. */
  readonly knownHosts: string;
  readonly caCertificateFile: string;
  readonly privateKeyFile: string;
  /** A public key that is added to it, as one line, may read and push over SSH from then on. */
  readonly authorizedKeysFile: string;
  readonly bareRepository: string;
}

/** Writes the file whole: a reader that waits for it never sees half of it. */
export async function writeReadyFile(file: string, content: ReadyFile): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  await rename(partial, file);
}
