import type { Cloud, CloudEvent } from '../../src/cloud/cloud.ts';
import type { Collection } from '../../src/cloud/collection.ts';
import type { Principal } from '../../src/cloud/principal.ts';
import { type Call, type Service, ServiceError } from '../../src/cloud/service.ts';
import { createCloudFormation } from '../../src/cloudformation/index.ts';

export const ROOT: Principal = { kind: 'root', arn: 'arn:aws:iam::123456789012:root', accountId: '123456789012' };

type Answer = (input: Record<string, unknown>) => object;

/** CloudFormation over a few stateful operations: buckets and roles that exist, cannot exist twice, and can be full. */
export function memoryCloud() {
  const collections = new Map<string, Map<string, unknown>>();
  const buckets = new Map<string, { full: boolean }>();
  const roles = new Map<string, Record<string, unknown>>();
  const calls: string[] = [];
  const refused = new Set<string>();
  const answers: Record<string, Answer> = {
    's3:CreateBucket': ({ Bucket }) => {
      if (buckets.has(String(Bucket))) throw new ServiceError('BucketAlreadyOwnedByYou', 'You already own it', 409);
      buckets.set(String(Bucket), { full: false });
      return {};
    },
    's3:DeleteBucket': ({ Bucket }) => {
      if (buckets.get(String(Bucket))?.full)
        throw new ServiceError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
      if (!buckets.delete(String(Bucket))) throw new ServiceError('NoSuchBucket', 'no such bucket', 404);
      return {};
    },
    'iam:CreateRole': (input) => {
      const name = String(input.RoleName);
      if (roles.has(name)) throw new ServiceError('EntityAlreadyExists', `Role with name ${name} already exists.`, 409);
      roles.set(name, { ...input });
      return { Role: { Arn: `arn:aws:iam::123456789012:role/${name}`, RoleId: `AROA${name}` } };
    },
    'iam:UpdateRole': (input) => Object.assign(roles.get(String(input.RoleName)) ?? {}, input),
    'iam:DeleteRole': ({ RoleName }) => ({ deleted: roles.delete(String(RoleName)) }),
    'iam:ListRolePolicies': () => ({ PolicyNames: [] }),
    'iam:ListAttachedRolePolicies': () => ({ AttachedPolicies: [] }),
    'secretsmanager:GetSecretValue': ({ SecretId }) => ({
      SecretString: JSON.stringify({ name: `from-${String(SecretId)}` }),
    }),
  };
  const cloud: Cloud = {
    region: 'eu-west-1',
    accountId: '123456789012',
    partition: 'aws',
    endpointUrl: 'http://127.0.0.1:1',
    folder: () => '/nonexistent',
    now: () => Date.now(),
    collection: <T>(name: string) => memoryCollection<T>(collections, name),
    call: async <O>(_principal: Principal, service: string, operation: string, input: object) => {
      const name = `${service}:${operation}`;
      calls.push(name);
      if (refused.has(name)) throw new ServiceError('AccessDenied', `not authorized to perform ${name}`, 403);
      return (answers[name] ?? (() => ({})))({ ...input }) as O;
    },
    emit: (_event: CloudEvent) => {},
    identities: {
      root: ROOT,
      service: (host) => ({ kind: 'service', arn: host, accountId: '123456789012' }),
      assumeRole: async (roleArn) => ({
        principal: { kind: 'role', arn: roleArn, roleArn, accountId: '123456789012' },
        credentials: CREDENTIALS,
      }),
      issue: (name) => ({
        principal: { kind: 'issued', arn: name, accountId: '123456789012' },
        credentials: CREDENTIALS,
      }),
    },
  };
  const service = createCloudFormation(cloud);
  return {
    cloud,
    service,
    buckets,
    roles,
    calls,
    refused,
    run: <O>(operation: string, input: object) => run<O>(service, operation, input),
  };
}

const CREDENTIALS = { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c', expiration: new Date(0) };

function memoryCollection<T>(all: Map<string, Map<string, unknown>>, name: string): Collection<T> {
  const found = (all.get(name) ?? new Map<string, T>()) as Map<string, T>;
  all.set(name, found);
  return found;
}

async function run<O>(service: Service, operation: string, input: object): Promise<O> {
  const found = service.operations[operation];
  if (found === undefined) throw new Error(`no operation ${operation}`);
  const call: Call = { principal: ROOT, requestId: 'test', secureTransport: true };
  return (await found.run(input as never, call)) as O;
}
