import type * as sts from '@aws-sdk/client-sts';
import type { PolicyDocument } from '../cloud/cloud.ts';
import type { LocalCloud } from '../cloud/local-cloud.ts';
import { operation } from '../cloud/operation.ts';
import type { Principal } from '../cloud/principal.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { PolicyError } from '../policy/policy-error.ts';

const DEFAULT_DURATION_SECONDS = 3600;
const MIN_DURATION_SECONDS = 900;

/** Security Token Service: who am I, and roles assumed by callers. */
export function createSts(cloud: LocalCloud): Service {
  return {
    name: 'sts',
    operations: {
      GetCallerIdentity: operation(
        // AWS asks for no permission either.
        (_input: sts.GetCallerIdentityRequest) => [],
        (_input, { principal }): sts.GetCallerIdentityResponse => ({
          UserId: principal.kind === 'root' ? cloud.accountId : (principal.accessKeyId ?? principal.arn),
          Account: cloud.accountId,
          Arn: principal.arn,
        }),
      ),
      AssumeRole: operation(
        // The role's trust policy decides, in `run`.
        (_input: sts.AssumeRoleRequest) => [],
        (input, { principal }) => assumeRole(cloud, input, principal),
      ),
    },
  };
}

function assumeRole(cloud: LocalCloud, input: sts.AssumeRoleRequest, caller: Principal): sts.AssumeRoleResponse {
  const unsupported = [
    'PolicyArns',
    'SerialNumber',
    'TokenCode',
    'Tags',
    'SourceIdentity',
    'ProvidedContexts',
  ] as const;
  for (const name of unsupported) {
    if (input[name] !== undefined)
      throw new ServiceError('ValidationError', `local-aws does not simulate AssumeRole with ${name}.`);
  }
  const seconds = input.DurationSeconds ?? DEFAULT_DURATION_SECONDS;
  if (!/^[\w+=,.@-]{2,64}$/.test(input.RoleSessionName ?? '')) {
    throw new ServiceError(
      'ValidationError',
      `RoleSessionName "${input.RoleSessionName}" must match [\\w+=,.@-]{2,64}.`,
    );
  }
  const { principal, credentials, role } = cloud.identities.assumeRoleAs(caller, {
    roleArn: input.RoleArn ?? '',
    sessionName: input.RoleSessionName ?? '',
    lifetimeMs: seconds * 1000,
    ...(input.ExternalId !== undefined && { externalId: input.ExternalId }),
    ...(input.Policy !== undefined && { policy: sessionPolicy(input.Policy) }),
  });
  if (seconds < MIN_DURATION_SECONDS || seconds > role.maxSessionDurationSeconds) {
    throw new ServiceError(
      'ValidationError',
      `DurationSeconds must be 900 to ${role.maxSessionDurationSeconds} for this role.`,
    );
  }
  return {
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: credentials.expiration,
    },
    AssumedRoleUser: { AssumedRoleId: `${role.id}:${input.RoleSessionName}`, Arn: principal.arn },
  };
}

function sessionPolicy(text: string): PolicyDocument {
  try {
    parsePolicy(text, 'identity');
  } catch (error) {
    if (error instanceof PolicyError) throw new ServiceError('MalformedPolicyDocumentException', error.message);
    throw error;
  }
  return JSON.parse(text) as PolicyDocument;
}
