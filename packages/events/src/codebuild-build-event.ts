import * as z from 'zod/mini';
import { parseEvent } from './parse-event.ts';

const variable = z.object({ name: z.string(), value: z.string() });
const phase = z.object({
  'phase-type': z.string(),
  'phase-status': z.optional(z.string()),
  'phase-context': z.optional(z.array(z.string())),
});

/**
 * `CodeBuild Build State Change`; fields this project does not use are let through unread.
 * https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html
 */
const shape = z.object({
  source: z.literal('aws.codebuild'),
  'detail-type': z.literal('CodeBuild Build State Change'),
  time: z.string(),
  detail: z.object({
    'build-status': z.string().check(z.minLength(1)),
    'project-name': z.string().check(z.minLength(1)),
    'build-id': z.string().check(z.minLength(1)),
    'additional-information': z.object({
      environment: z.optional(z.object({ 'environment-variables': z.optional(z.array(variable)) })),
      logs: z.optional(z.object({ 'deep-link': z.optional(z.string()) })),
      phases: z.optional(z.array(phase)),
    }),
  }),
});

export interface BuildPhase {
  /** `PROVISIONING`, `BUILD` and so on. */
  readonly type: string;
  readonly status?: string;
  /** CodeBuild's own words, empty ones left out: `COMMAND_EXECUTION_ERROR: …`. */
  readonly contexts: readonly string[];
}

/** A build started or ended. */
export interface CodeBuildBuildEvent {
  /** ISO 8601, as EventBridge stamped it. */
  readonly time: string;
  readonly projectName: string;
  /** ARN: `arn:aws:codebuild:eu-central-1:111122223333:build/project:8f5f…`. */
  readonly buildArn: string;
  /** `IN_PROGRESS`, `SUCCEEDED`, `FAILED`, `STOPPED`, `TIMED_OUT`, `FAULT`; AWS may add more. */
  readonly status: string;
  /** The build's plain environment variables, as CodeBuild puts them into every event. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logUrl?: string;
  readonly phases: readonly BuildPhase[];
}

/** Reads an EventBridge event of one build. Throws `events/event-invalid`. */
export function parseCodeBuildBuildEvent(event: unknown): CodeBuildBuildEvent {
  const { time, detail } = parseEvent(shape, 'CodeBuild build event', event);
  const more = detail['additional-information'];
  const logUrl = more.logs?.['deep-link'];
  return {
    time,
    projectName: detail['project-name'],
    buildArn: detail['build-id'],
    status: detail['build-status'],
    environment: Object.fromEntries(
      (more.environment?.['environment-variables'] ?? []).map(({ name, value }) => [name, value]),
    ),
    ...(logUrl !== undefined && { logUrl }),
    phases: (more.phases ?? []).map(readPhase),
  };
}

function readPhase(given: z.output<typeof phase>): BuildPhase {
  const status = given['phase-status'];
  return {
    type: given['phase-type'],
    ...(status !== undefined && { status }),
    // CodeBuild writes a lone ": " where a phase has nothing to say.
    contexts: (given['phase-context'] ?? []).map((text) => text.trim()).filter((text) => text !== '' && text !== ':'),
  };
}
