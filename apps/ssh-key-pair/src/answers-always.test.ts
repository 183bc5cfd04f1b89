import { ResourceNotFoundException, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { CustomResourceResponse } from '@gitsource/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHandler } from './handler.ts';

const ENVELOPE = {
  ResponseURL: 'https://bucket.example/key?X-Amz-Signature=x',
  StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/s/1',
  RequestId: 'r',
  LogicalResourceId: 'KeyPair',
};
const PROPERTIES = {
  SecretName: 'gitsource/a',
  KeyType: 'ed25519',
  Generation: '1',
  Comment: 'c',
  RecoveryWindowInDays: '7',
  Host: 'git.example.com',
  AllowedRepositories: ['a/b'],
};

/** The resource's properties, some of them wrong, missing or unknown. */
const properties = fc.oneof(
  fc.anything(),
  fc
    .record({
      ...Object.fromEntries(
        Object.entries(PROPERTIES).map(([name, value]) => [name, fc.oneof(fc.constant(value), fc.jsonValue())]),
      ),
      Other: fc.jsonValue(),
    })
    .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null))),
);
const request = fc.record(
  {
    RequestType: fc.oneof(fc.constantFrom('Create', 'Update', 'Delete'), fc.jsonValue()),
    PhysicalResourceId: fc.oneof(fc.constant('gitsource/a'), fc.jsonValue()),
    ResourceProperties: properties,
    OldResourceProperties: properties,
  },
  { requiredKeys: [] },
);

describe('createHandler', () => {
  it('answers every request that says where, once, with a response that CloudFormation takes', async () => {
    const send = async (command: object) => {
      if (command.constructor.name === 'CreateSecretCommand') return { ARN: 'arn' };
      throw new ResourceNotFoundException({ message: 'no', $metadata: {} });
    };
    const quiet = () => {};

    await fc.assert(
      fc.asyncProperty(request, async (event) => {
        const responses: CustomResourceResponse[] = [];
        const handle = createHandler({
          // The client's many overloads stand for one call by command.
          secretsManager: { send: send as SecretsManagerClient['send'] },
          putResponse: async (_url, response) => void responses.push(response),
          log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
        });

        await handle({ ...event, ...ENVELOPE }, { getRemainingTimeInMillis: () => 60_000 });

        expect(responses).toHaveLength(1);
        const { ResponseURL: _, ...identity } = ENVELOPE;
        expect(responses[0]).toMatchObject({ ...identity, Status: expect.stringMatching(/^(?:SUCCESS|FAILED)$/) });
        expect(responses[0]?.PhysicalResourceId).toMatch(/[\s\S]/);
        if (responses[0]?.Status === 'FAILED') {
          expect(responses[0].Reason).toMatch(/^\[ssh-key-pair\/(?:properties|request)-invalid\] /);
        }
      }),
      { numRuns: 500 },
    );
  });
});
