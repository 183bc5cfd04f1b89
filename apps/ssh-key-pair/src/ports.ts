import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { CustomResourceResponse, Log } from '@gitsource/runtime';

/** Everything outside this program that its verbs touch. */
export interface Ports {
  readonly secretsManager: Pick<SecretsManagerClient, 'send'>;
  /** Answers CloudFormation at a request's ResponseURL. */
  readonly putResponse: (url: string, response: CustomResourceResponse) => Promise<void>;
  readonly log: Log;
}
