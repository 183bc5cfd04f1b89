import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { CallLog } from './cloud/call-log.ts';
import type { Cloud } from './cloud/cloud.ts';
import { Dispatcher } from './cloud/dispatcher.ts';
import { FileCollections } from './cloud/file-collections.ts';
import { LocalCloud } from './cloud/local-cloud.ts';
import { LocalIdentities } from './cloud/local-identities.ts';
import type { Service, ServiceName } from './cloud/service.ts';
import { Sessions } from './cloud/sessions.ts';
import type { ConnectedRepository } from './codeconnections/index.ts';
import type { EventFaults, PutEventsFaults } from './events/index.ts';
import type { FrontDoorLimits } from './front-door/limits.ts';
import { MANAGED_POLICIES, type ManagedPolicyRecord, ROLES, type RoleRecord } from './iam/role.ts';
import { PolicyAuthorizer } from './policy/policy-authorizer.ts';
import { type ApiServerParts, listen } from './server/api-server.ts';
import { SERVICES } from './services.ts';

export interface LocalAwsOptions {
  /** Everything is kept here, and resumed when started again on the same folder. Created if missing. */
  readonly dataFolder: string;
  /** Default: any free port. */
  readonly port?: number;
  /** Default: `123456789012`. */
  readonly accountId?: string;
  /** Default: `us-east-1`. */
  readonly region?: string;
  /** Milliseconds since the epoch; tests may stop or move it. Signatures are checked against the real clock. */
  readonly now?: () => number;
  /** Only these services, for tests of a part. Default: all. */
  readonly services?: readonly ServiceName[];
  /** How event deliveries misbehave, for tests of what receives them. */
  readonly eventFaults?: EventFaults;
  /** Which entries PutEvents refuses, for tests of what puts events. */
  readonly putEventsFaults?: PutEventsFaults;
  /** How the front doors treat senders, for tests that cannot wait as long as AWS. */
  readonly frontDoor?: FrontDoorLimits;
  /** Which bare repository on this machine a connection reaches by a full name (`group/sub/project`). Default: none. */
  readonly connectedRepository?: ConnectedRepository;
}

/** A running embedded AWS. */
export interface LocalAws {
  /** `http://127.0.0.1:PORT`, for AWS_ENDPOINT_URL. */
  readonly endpointUrl: string;
  readonly region: string;
  readonly accountId: string;
  /** The account administrator's key, the same at every start on one data folder. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Path of the JSON-lines call log. */
  readonly callLog: string;
  /** In-process access, as the services have it. */
  readonly cloud: Cloud;
  /** Stops the services, ends open connections and writes what is pending. */
  close(): Promise<void>;
}

/** Starts the embedded AWS on 127.0.0.1. */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 });
  const collections = new FileCollections(join(options.dataFolder, 'state'));
  const callLogFile = join(options.dataFolder, 'calls.jsonl');
  const callLog = new CallLog(callLogFile);
  let open: (parts: ApiServerParts) => void = () => {};
  const ready = new Promise<ApiServerParts>((resolve) => {
    open = resolve;
  });
  const { server, port } = await listen(options.port ?? 0, ready);
  const { cloud, services, parts } = createCloud(options, `http://127.0.0.1:${port}`, collections, callLog);
  open(parts);
  for (const service of services) await service.start?.();
  const { accessKeyId, secretAccessKey } = parts.sessions.root(cloud.accountId);
  return {
    endpointUrl: cloud.endpointUrl,
    region: cloud.region,
    accountId: cloud.accountId,
    credentials: { accessKeyId, secretAccessKey },
    callLog: callLogFile,
    cloud,
    async close() {
      // One service that cannot stop must not cost the others their state.
      const stopped = await Promise.allSettled(services.map(async (service) => service.stop?.()));
      await closeServer(server);
      await collections.close();
      callLog.close();
      const failure = stopped.find((result) => result.status === 'rejected');
      if (failure !== undefined) throw failure.reason;
    },
  };
}

function createCloud(
  options: LocalAwsOptions,
  endpointUrl: string,
  collections: FileCollections,
  callLog: CallLog,
): { cloud: LocalCloud; services: readonly Service[]; parts: ApiServerParts } {
  const { dataFolder, accountId = '123456789012', region = 'us-east-1', now = Date.now } = options;
  const sessions = new Sessions(collections.collection('cloud/sessions'), now);
  const roles = collections.collection<RoleRecord>(ROLES);
  const managedPolicies = collections.collection<ManagedPolicyRecord>(MANAGED_POLICIES);
  const authorizer = new PolicyAuthorizer({ region, accountId, now, sessions, roles, managedPolicies });
  const services = new Map<ServiceName, Service>();
  const dispatcher = new Dispatcher({ services, authorizer, callLog, now });
  const identities = new LocalIdentities({
    accountId,
    sessions,
    roles,
    checkTrust: (role, by, context) => authorizer.checkTrust(role, by, context),
  });
  const cloud = new LocalCloud({
    region,
    accountId,
    endpointUrl,
    dataFolder,
    now,
    collections,
    identities,
    dispatcher: () => dispatcher,
  });
  for (const [name, create] of Object.entries(SERVICES)) {
    if (options.services === undefined || options.services.some((wanted) => wanted === name)) {
      const service = create(cloud, options);
      services.set(service.name, service);
    }
  }
  const created = [...services.values()];
  const routes = created.flatMap((service) => service.httpRoutes ?? []);
  return { cloud, services: created, parts: { dispatcher, sessions, routes } };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
