import type { Build } from '@aws-sdk/client-codebuild';
import type { Cloud } from '../cloud/cloud.ts';
import type { BuildRecord, PhaseRecord, ProjectRecord } from './records.ts';

/** A build as BatchGetBuilds shows it. */
export function buildView(cloud: Cloud, build: BuildRecord): Build {
  const { settings } = build;
  const { sourceVersion, secondarySources, cache, vpcConfig, encryptionKey, queuedTimeoutInMinutes } = settings;
  return {
    id: build.id,
    arn: build.arn,
    projectName: build.projectName,
    buildNumber: build.buildNumber,
    startTime: new Date(build.startTime),
    ...(build.endTime !== undefined && { endTime: new Date(build.endTime) }),
    currentPhase: build.phases.at(-1)?.phaseType,
    buildStatus: build.status,
    buildComplete: build.status !== 'IN_PROGRESS',
    ...(sourceVersion !== undefined && { sourceVersion }),
    ...(build.resolvedSourceVersion !== undefined && { resolvedSourceVersion: build.resolvedSourceVersion }),
    phases: build.phases.map(phaseView),
    source: settings.source,
    ...(secondarySources !== undefined && { secondarySources }),
    artifacts: build.artifact ?? { location: '' },
    ...(cache !== undefined && { cache }),
    environment: settings.environment,
    serviceRole: settings.serviceRole,
    ...(build.logs !== undefined && { logs: { ...build.logs, deepLink: deepLink(cloud, build) } }),
    timeoutInMinutes: settings.timeoutInMinutes,
    ...(queuedTimeoutInMinutes !== undefined && { queuedTimeoutInMinutes }),
    initiator: build.initiator,
    ...(vpcConfig !== undefined && { vpcConfig }),
    ...(encryptionKey !== undefined && { encryptionKey }),
    exportedEnvironmentVariables: build.exportedVariables,
  };
}

function phaseView({ phaseType, phaseStatus, startTime, endTime, contexts }: PhaseRecord) {
  return {
    phaseType,
    startTime: new Date(startTime),
    ...(phaseStatus !== undefined && { phaseStatus }),
    ...(endTime !== undefined && { endTime: new Date(endTime), durationInSeconds: seconds(startTime, endTime) }),
    ...(contexts.length > 0 && { contexts: [...contexts] }),
  };
}

export function projectView(project: ProjectRecord) {
  return {
    name: project.name,
    arn: project.arn,
    ...project.settings,
    created: new Date(project.created),
    lastModified: new Date(project.lastModified),
    badge: { badgeEnabled: false },
  };
}

/** Address of the log stream in the console. */
export function deepLink({ region }: Cloud, { logs }: BuildRecord): string {
  const group = encodeURIComponent(encodeURIComponent(logs?.groupName ?? '')).replaceAll('%', '$');
  const stream = encodeURIComponent(encodeURIComponent(logs?.streamName ?? '')).replaceAll('%', '$');
  return `https://console.aws.amazon.com/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${group}/log-events/${stream}`;
}

export function seconds(startTime: number, endTime: number): number {
  return Math.round((endTime - startTime) / 1000);
}
