import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type LocalAws, startLocalAws } from '@gitsource/local-aws';
import type { CustomResourceResponse } from '@gitsource/runtime';
import { createHandler } from '../src/handler.ts';

export const SECRET = 'gitsource/my-git';
export const STACK = 'arn:aws:cloudformation:us-east-1:123456789012:stack/s/0a1b2c3d';

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The handler over the embedded Secrets Manager; responses are kept, not sent. */
export class Account {
  readonly secretsManager: SecretsManagerClient;
  readonly aws: LocalAws;
  readonly lines: Line[] = [];
  readonly responses: CustomResourceResponse[] = [];
  remainingMs = 60_000;
  /** Takes the place of the answer to one command, by class name. */
  readonly faults = new Map<string, () => Promise<unknown>>();
  /** The last answer to each command, by class name. */
  readonly outputs = new Map<string, unknown>();
  readonly #folder: string;
  readonly #handle: ReturnType<typeof createHandler>;
  #requests = 0;

  private constructor(aws: LocalAws, folder: string) {
    this.aws = aws;
    this.#folder = folder;
    const { endpointUrl: endpoint, region, credentials } = aws;
    this.secretsManager = new SecretsManagerClient({ endpoint, region, credentials, maxAttempts: 1 });
    const send = async (command: { constructor: { name: string } }, options: object) => {
      const fault = this.faults.get(command.constructor.name);
      this.faults.delete(command.constructor.name);
      const output = await (fault === undefined ? this.secretsManager.send(command as never, options) : fault());
      this.outputs.set(command.constructor.name, output);
      return output;
    };
    const log =
      (level: string) =>
      (message: string, fields: Line['fields'] = {}) => {
        this.lines.push({ level, message, fields });
      };
    this.#handle = createHandler({
      // The client's many overloads stand for one call by command.
      secretsManager: { send: send as SecretsManagerClient['send'] },
      putResponse: async (_url, response) => void this.responses.push(response),
      log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    });
  }

  static async start(): Promise<Account> {
    const folder = mkdtempSync(join(tmpdir(), 'ssh-key-pair-'));
    return new Account(
      await startLocalAws({ dataFolder: folder, services: ['secretsmanager', 'kms', 'iam', 'sts'] }),
      folder,
    );
  }

  async close(): Promise<void> {
    this.secretsManager.destroy();
    await this.aws.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Hands over an event and gives the response to it. */
  async handle(event: object): Promise<CustomResourceResponse> {
    const before = this.responses.length;
    await this.#handle(event, { getRemainingTimeInMillis: () => this.remainingMs });
    const response = this.responses[before];
    if (response === undefined) throw new Error('no response');
    return response;
  }

  /** A request of CloudFormation; each has an ID of its own unless `over` says otherwise. */
  request(
    RequestType: 'Create' | 'Update' | 'Delete',
    properties: object,
    over: object = {},
  ): Readonly<Record<string, unknown>> {
    this.#requests += 1;
    const RequestId = `00000000-0000-4000-8000-${String(this.#requests).padStart(12, '0')}`;
    return {
      RequestType,
      ResponseURL: 'https://cloudformation-custom-resource-response.example/arn?X-Amz-Signature=s3cret',
      StackId: STACK,
      RequestId,
      ResourceType: 'Custom::SshKeyPair',
      LogicalResourceId: 'KeyPair',
      ...(RequestType !== 'Create' && { PhysicalResourceId: SECRET }),
      ResourceProperties: { ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:f', ...properties },
      ...over,
    };
  }

  /** An Update from one set of properties to another. */
  update(former: object, wanted: object, over: object = {}): object {
    return this.request('Update', wanted, { OldResourceProperties: former, ...over });
  }

  /** The current value; `undefined` if there is no such active secret. */
  async value(name = SECRET, VersionStage = 'AWSCURRENT'): Promise<Record<string, unknown> | undefined> {
    const read = this.secretsManager.send(new GetSecretValueCommand({ SecretId: name, VersionStage }));
    const { SecretString } = await read.catch(() => ({ SecretString: undefined }));
    return SecretString === undefined ? undefined : (JSON.parse(SecretString) as Record<string, unknown>);
  }

  async describe(name = SECRET) {
    return this.secretsManager.send(new DescribeSecretCommand({ SecretId: name })).catch(() => undefined);
  }

  async versions(name = SECRET): Promise<number> {
    const { Versions = [] } = await this.secretsManager.send(
      new ListSecretVersionIdsCommand({ SecretId: name, IncludeDeprecated: true }),
    );
    return Versions.length;
  }
}
