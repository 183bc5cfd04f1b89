import { ResourceNotFoundException, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { readConnectionVersions } from './read-connection.ts';

describe('readConnectionVersions', () => {
  it('asks once about a secret that there is not: strangers make up names, and every request costs', async () => {
    const asked: string[] = [];
    const empty = {
      send: async ({ input }: { input: { SecretId: string; VersionStage?: string } }) => {
        asked.push(input.VersionStage ?? 'AWSCURRENT');
        throw new ResourceNotFoundException({ message: 'no', $metadata: {} });
      },
    };

    await expect(
      readConnectionVersions(empty as Pick<SecretsManagerClient, 'send'>, 'gitsource/made-up'),
    ).rejects.toMatchObject({ code: 'runtime/secret-missing' });
    expect(asked).toEqual(['AWSCURRENT']);
  });
});
