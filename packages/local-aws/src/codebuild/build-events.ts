import type { Cloud } from '../cloud/cloud.ts';
import { deepLink, seconds } from './build-view.ts';
import type { BuildRecord, PhaseContext, PhaseRecord } from './records.ts';

/** Shapes: https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html */
export function emitBuildState(cloud: Cloud, build: BuildRecord): void {
  const phase = build.phases.at(-1);
  cloud.emit({
    source: 'aws.codebuild',
    detailType: 'CodeBuild Build State Change',
    resources: [build.arn],
    detail: {
      'build-status': build.status,
      'project-name': build.projectName,
      'build-id': build.arn,
      'additional-information': additional(cloud, build),
      'current-phase': phase?.phaseType,
      'current-phase-context': contextText(phase?.contexts ?? []),
      version: '1',
    },
  });
}

export function emitPhase(cloud: Cloud, build: BuildRecord, phase: PhaseRecord): void {
  const end = phase.endTime ?? phase.startTime;
  cloud.emit({
    source: 'aws.codebuild',
    detailType: 'CodeBuild Build Phase Change',
    resources: [build.arn],
    detail: {
      'completed-phase': phase.phaseType,
      'project-name': build.projectName,
      'build-id': build.arn,
      'completed-phase-context': contextText(phase.contexts),
      'additional-information': additional(cloud, build),
      'completed-phase-status': phase.phaseStatus ?? 'SUCCEEDED',
      'completed-phase-duration-seconds': seconds(phase.startTime, end),
      version: '1',
      'completed-phase-start': eventTime(phase.startTime),
      'completed-phase-end': eventTime(end),
    },
  });
}

function additional(cloud: Cloud, build: BuildRecord): object {
  const { environment, source, timeoutInMinutes, queuedTimeoutInMinutes, sourceVersion } = build.settings;
  const { logs, artifact } = build;
  return {
    ...(artifact !== undefined && {
      artifact: { md5sum: artifact.md5sum, sha256sum: artifact.sha256sum, location: artifact.location },
    }),
    environment: {
      image: environment.image,
      'privileged-mode': environment.privilegedMode ?? false,
      'image-pull-credentials-type': environment.imagePullCredentialsType ?? 'CODEBUILD',
      'compute-type': environment.computeType,
      type: environment.type,
      // In clear, as on AWS: this is why secrets do not belong in PLAINTEXT variables.
      'environment-variables': (environment.environmentVariables ?? []).map(({ name, type, value }) => {
        return { name, type: type ?? 'PLAINTEXT', value };
      }),
    },
    'timeout-in-minutes': timeoutInMinutes,
    ...(queuedTimeoutInMinutes !== undefined && { 'queued-timeout-in-minutes': queuedTimeoutInMinutes }),
    'build-complete': build.status !== 'IN_PROGRESS',
    'build-number': build.buildNumber,
    initiator: build.initiator,
    'build-start-time': eventTime(build.startTime),
    source: { ...(source.location !== undefined && { location: source.location }), type: source.type },
    ...(sourceVersion !== undefined && { 'source-version': sourceVersion }),
    ...(logs !== undefined && {
      logs: { 'group-name': logs.groupName, 'stream-name': logs.streamName, 'deep-link': deepLink(cloud, build) },
    }),
    phases: build.phases.map(phaseDetail),
    ...(build.exportedVariables.length > 0 && { 'exported-environment-variables': build.exportedVariables }),
  };
}

function phaseDetail({ phaseType, phaseStatus, startTime, endTime, contexts }: PhaseRecord): object {
  return {
    ...(endTime !== undefined && { 'phase-context': contexts.map(text), 'end-time': eventTime(endTime) }),
    'start-time': eventTime(startTime),
    ...(endTime !== undefined && { 'duration-in-seconds': seconds(startTime, endTime) }),
    'phase-type': phaseType,
    ...(phaseStatus !== undefined && { 'phase-status': phaseStatus }),
  };
}

/** `[COMMAND_EXECUTION_ERROR: Error while executing command: make. Reason: exit status 2]` */
function contextText(contexts: readonly PhaseContext[]): string {
  return `[${contexts.map(text).join(', ')}]`;
}

function text({ statusCode, message }: PhaseContext): string {
  return `${statusCode}: ${message}`;
}

/** `Sep 1, 2017 4:12:29 PM`, in UTC */
function eventTime(ms: number): string {
  const [date, time] = [
    new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', dateStyle: 'medium' }),
    new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', timeStyle: 'medium' }),
  ].map((format) => format.format(ms).replaceAll('\u202f', ' '));
  return `${date} ${time}`;
}
