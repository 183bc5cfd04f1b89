import { createHash, randomUUID } from 'node:crypto';
import type { StartBuildInput } from '@aws-sdk/client-codebuild';
import type { Principal } from '../cloud/principal.ts';
import { buildHandovers } from '../codepipeline/build-handover.ts';
import type { BuildQueue } from './build-queue.ts';
import { buildSettings } from './build-settings.ts';
import type { BuildRecord, ProjectSettings } from './records.ts';
import { type BuildStore, invalidInput } from './store.ts';

/** How long a repeated token gives the same build. */
const TOKEN_LIFETIME_MS = 5 * 60 * 1000;

/** A new build, or the one that this token started already. */
export function startBuild(
  store: BuildStore,
  queue: BuildQueue,
  input: StartBuildInput,
  principal: Principal,
): BuildRecord {
  const project = store.project(input.projectName);
  const { idempotencyToken, ...parameters } = input;
  const fingerprint = createHash('sha256').update(JSON.stringify(parameters)).digest('hex');
  const earlier = findByToken(store, project.name, idempotencyToken);
  if (earlier !== undefined) {
    if (earlier.token?.fingerprint === fingerprint) return earlier;
    throw invalidInput('The idempotencyToken was used with other parameters: use a new one for another build');
  }
  const isPipeline = (input.sourceTypeOverride ?? project.settings.source.type) === 'CODEPIPELINE';
  const handover = isPipeline ? buildHandovers(store.cloud).get(idempotencyToken ?? '') : undefined;
  const settings = buildSettings(project.settings, input, handover);
  project.builds += 1;
  store.projects.set(project.name, project);
  const uuid = randomUUID();
  const id = `${project.name}:${uuid}`;
  const resolvedVersion = handover?.resolvedSourceVersion ?? settings.sourceVersion;
  const logs = logPlace(settings, project.name, uuid);
  const build: BuildRecord = {
    id,
    arn: store.arn('build', id),
    projectName: project.name,
    buildNumber: project.builds,
    startTime: store.cloud.now(),
    initiator: handover?.initiator ?? initiator(principal),
    settings,
    status: 'IN_PROGRESS',
    phases: [],
    exportedVariables: [],
    ...(handover !== undefined && { handover }),
    ...(idempotencyToken !== undefined && { token: { value: idempotencyToken, fingerprint } }),
    ...(logs !== undefined && { logs }),
    ...(resolvedVersion !== undefined && { resolvedSourceVersion: resolvedVersion }),
  };
  queue.add(build);
  return build;
}

function findByToken(store: BuildStore, projectName: string, token: string | undefined): BuildRecord | undefined {
  if (token === undefined) return undefined;
  const since = store.cloud.now() - TOKEN_LIFETIME_MS;
  return [...store.builds.values()].find((build) => {
    return build.projectName === projectName && build.token?.value === token && build.startTime > since;
  });
}

/** `role/session` of an assumed role; otherwise the last word of the caller's ARN. */
function initiator({ arn }: Principal): string {
  return (arn.split(':').at(-1) ?? arn).replace(/^(assumed-role|user)\//, '');
}

function logPlace({ logsConfig }: ProjectSettings, project: string, uuid: string): BuildRecord['logs'] {
  const { status, groupName, streamName } = logsConfig?.cloudWatchLogs ?? {};
  if (status === 'DISABLED') return undefined;
  return {
    groupName: groupName ?? `/aws/codebuild/${project}`,
    streamName: streamName === undefined ? uuid : `${streamName}/${uuid}`,
  };
}
