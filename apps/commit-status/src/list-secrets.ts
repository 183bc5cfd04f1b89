import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { awsCallError } from './errors.ts';
import type { Ports } from './ports.ts';

/** A secret by its name, and which value it has. */
export interface ListedSecret {
  readonly name: string;
  readonly versionId: string;
}

/** 100 in each. */
const MAX_PAGES = 20;

/**
 * The secrets whose names begin with a prefix, in the order of their names. What changed lately may be missing for five minutes:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html.
 * Throws `commit-status/access-denied`, `-aws-refused`, `-aws-unavailable`.
 */
export async function listSecrets(
  { secretsManager }: Pick<Ports, 'secretsManager'>,
  prefix: string,
): Promise<readonly ListedSecret[]> {
  const found: ListedSecret[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const command = new ListSecretsCommand({ Filters: [{ Key: 'name', Values: [prefix] }], NextToken });
    const answer = await secretsManager.send(command).catch((error: unknown) => {
      throw awsCallError('secretsmanager:ListSecrets', `the secrets ${prefix}*`, error);
    });
    for (const { Name: name = '', SecretVersionsToStages: versions = {} } of answer.SecretList ?? []) {
      const versionId = Object.entries(versions).find(([, stages]) => stages.includes('AWSCURRENT'))?.[0] ?? '';
      if (name.startsWith(prefix)) found.push({ name, versionId });
    }
    NextToken = answer.NextToken;
    if (NextToken === undefined) break;
  }
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
