import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BatchGetBuildsCommandInput, StartBuildCommandInput } from '@aws-sdk/client-codebuild';
import type { PutEventsCommandInput } from '@aws-sdk/client-eventbridge';
import { CallLog } from '../../cloud/call-log.ts';
import { Dispatcher } from '../../cloud/dispatcher.ts';
import { FileCollections } from '../../cloud/file-collections.ts';
import { LocalCloud } from '../../cloud/local-cloud.ts';
import { LocalIdentities } from '../../cloud/local-identities.ts';
import type { Call, Service, ServiceName } from '../../cloud/service.ts';
import { Sessions } from '../../cloud/sessions.ts';
import type { RoleRecord } from '../../iam/role.ts';
import { createS3 } from '../../s3/index.ts';
import { type BuildHandover, buildHandovers } from '../build-handover.ts';
import { createCodePipeline } from '../index.ts';
import type { EngineTimes } from '../limits.ts';

export interface SeenEvent {
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface TestBuild {
  readonly id: string;
  readonly handover: BuildHandover;
  readonly caller: string;
  status: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED';
}

/**
 * The real dispatcher, identities and collections around CodePipeline and S3. CodeBuild is a small one that runs
 * nothing: a test ends its builds. Events are kept.
 */
export async function startTestCloud(
  options: { times?: Partial<EngineTimes>; folder?: string; now?: () => number } = {},
) {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'codepipeline-'));
  const now = options.now ?? Date.now;
  const collections = new FileCollections(join(folder, 'state'));
  const sessions = new Sessions(collections.collection('cloud/sessions'), now);
  const accountId = '123456789012';
  const services = new Map<ServiceName, Service>();
  const events: SeenEvent[] = [];
  const builds = new Map<string, TestBuild>();
  const callLog = new CallLog(join(folder, 'calls.jsonl'));
  const dispatcher = new Dispatcher({ services, authorizer: { authorize() {} }, callLog, now });
  const roles = collections.collection<RoleRecord>('iam/roles');
  const identities = new LocalIdentities({ accountId, sessions, roles, checkTrust() {} });
  sessions.root(accountId);
  addRole(roles);
  const cloud = new LocalCloud({
    region: 'us-east-1',
    accountId,
    endpointUrl: 'http://127.0.0.1:1',
    dataFolder: folder,
    now,
    collections,
    identities,
    dispatcher: () => dispatcher,
  });
  services.set('events', eventsService(events));
  services.set('codebuild', codeBuildService(cloud, builds));
  services.set('s3', createS3(cloud));
  const pipelines = createCodePipeline(cloud, { jobVisibleAfterMs: 0, buildPollMs: 5, ...options.times });
  services.set('codepipeline', pipelines);
  await pipelines.start?.();

  return {
    cloud,
    events,
    builds,
    folder,
    service: pipelines,
    call: <O>(operation: string, input: object, service: ServiceName = 'codepipeline') =>
      cloud.call<O>(identities.root, service, operation, input),
    async close(keep = false) {
      await pipelines.stop?.();
      await collections.close();
      callLog.close();
      if (!keep) rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type TestCloud = Awaited<ReturnType<typeof startTestCloud>>;

export const ROLE_ARN = 'arn:aws:iam::123456789012:role/pipeline';

function addRole(roles: { set(key: string, value: RoleRecord): void }): void {
  roles.set('pipeline', {
    name: 'pipeline',
    id: 'AROAPIPELINE',
    path: '/',
    arn: ROLE_ARN,
    trustPolicy: '{}',
    maxSessionDurationSeconds: 3_600,
    inlinePolicies: {},
    attachedPolicyArns: [],
    tags: {},
    createdAt: '2026-01-01T00:00:00Z',
  });
}

function eventsService(events: SeenEvent[]): Service {
  return {
    name: 'events',
    operations: {
      PutEvents: {
        permissions: () => [],
        async run(input: PutEventsCommandInput) {
          for (const entry of input.Entries ?? []) {
            events.push({
              detailType: entry.DetailType ?? '',
              detail: JSON.parse(entry.Detail ?? '{}') as SeenEvent['detail'],
            });
          }
          return { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] };
        },
      },
    },
  };
}

function codeBuildService(cloud: LocalCloud, builds: Map<string, TestBuild>): Service {
  const view = (build: TestBuild) => ({
    id: build.id,
    buildStatus: build.status,
    exportedEnvironmentVariables: [{ name: 'RESULT', value: 'good' }],
  });
  return {
    name: 'codebuild',
    operations: {
      StartBuild: {
        permissions: () => [],
        async run(input: StartBuildCommandInput, call: Call) {
          const handover = buildHandovers(cloud).get(input.idempotencyToken ?? '');
          if (handover === undefined) throw new Error('no handover');
          const build: TestBuild = {
            id: `${input.projectName}:${builds.size + 1}`,
            handover,
            caller: call.principal.arn,
            status: 'IN_PROGRESS',
          };
          builds.set(build.id, build);
          return { build: view(build) };
        },
      },
      BatchGetBuilds: {
        permissions: () => [],
        async run(input: BatchGetBuildsCommandInput) {
          return { builds: (input.ids ?? []).flatMap((id) => builds.get(id) ?? []).map(view) };
        },
      },
    },
  };
}
