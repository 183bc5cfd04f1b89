import {
  ParseError,
  parseCodeBuildBuildEvent,
  parseCodePipelineActionEvent,
  parseLambdaFailureEvent,
} from '@gitsource/events';
import type { Config } from './config.ts';
import { dispatchJobs, WAITS_AFTER_STARTED_MS, WAITS_OF_SWEEP_MS } from './dispatch-jobs.ts';
import type { Ports } from './ports.ts';
import { reportBuild } from './report-build.ts';
import { reportFetch } from './report-fetch.ts';

/** Four inputs: an action started, a build ended, a function was ended, the schedule's `{ "sweep": true }` or plain Scheduled Event. */
export function createHandler(ports: Ports, config: Config): (event: unknown) => Promise<void> {
  return async (event) => {
    const { source, sweep } = readSource(event);
    if (source === 'aws.codepipeline') {
      const { state, actionType, executionId } = parseCodePipelineActionEvent(event);
      const isOurs = actionType.provider === config.actionProvider && actionType.version === config.actionVersion;
      if (state === 'STARTED' && isOurs) await dispatchJobs(ports, config, WAITS_AFTER_STARTED_MS, executionId);
    } else if (source === 'aws.codebuild') {
      await reportBuild(ports, config, parseCodeBuildBuildEvent(event));
    } else if (source === 'lambda') {
      await reportFetch(ports, config, parseLambdaFailureEvent(event));
    } else if (source === 'aws.events' || source === 'aws.scheduler' || sweep === true) {
      await dispatchJobs(ports, config, WAITS_OF_SWEEP_MS);
    } else {
      const remedy = "Let only the template's rules invoke this function";
      throw new ParseError(
        'events/event-invalid',
        `This is no event of CodePipeline, CodeBuild, Lambda or a schedule. ${remedy}.`,
      );
    }
  };
}

function readSource(event: unknown): { readonly source?: unknown; readonly sweep?: unknown } {
  return typeof event === 'object' && event !== null ? event : {};
}
