import type { BuildPhase, CodeBuildBuildEvent, Fault } from '@gitsource/events';
import { failureDetails, putJobFailure } from '@gitsource/job-protocol';
import { JOB_ID_VARIABLE } from '@gitsource/lanes/dispatch';
import type { Config } from './config.ts';
import { CustomActionError, type CustomActionErrorCode } from './errors.ts';
import type { Ports } from './ports.ts';

/**
 * The net under every build: one that ended without a result for its job fails the job. A build reports before it
 * ends, so the result of one that did is already there, and CodePipeline answers that the job is finished.
 */
export async function reportBuild(ports: Ports, config: Config, event: CodeBuildBuildEvent): Promise<void> {
  const { codePipeline, log } = ports;
  const jobId = event.environment[JOB_ID_VARIABLE];
  const buildId = event.buildArn.replace(/^.*:build\//, '');
  const fields = { jobId, buildId, status: event.status };
  if (event.status === 'IN_PROGRESS' || event.projectName !== config.buildProjectName) {
    log.debug('build needs no report', fields);
  } else if (jobId === undefined || jobId === '') {
    log.info('build has no job', fields);
  } else {
    const result = await putJobFailure(codePipeline, jobId, failureDetails(buildError(event, buildId), buildId));
    if (result === 'put') log.warn('build ended without a result; its job failed', fields);
    else log.info('job has its result', fields);
  }
}

function buildError(event: CodeBuildBuildEvent, buildId: string): CustomActionError {
  const failed = event.phases.find(({ status }) => status !== undefined && status !== 'SUCCEEDED');
  const [code, fault, what] = classify(event.status, failed);
  const phase = failed === undefined ? '' : ` in phase ${failed.type}${said(failed)}`;
  const log = event.logUrl === undefined ? '' : ` Log: ${event.logUrl}`;
  return new CustomActionError(
    code,
    fault,
    `The build ${buildId} ${what}${phase}. Read its log, then retry the stage.${log}`,
  );
}

function said({ contexts }: BuildPhase): string {
  return contexts.length === 0 ? '' : ` (${contexts.join('; ')})`;
}

function classify(status: string, failed: BuildPhase | undefined): [CustomActionErrorCode, Fault, string] {
  switch (status) {
    case 'SUCCEEDED':
      return ['custom-action/build-without-result', 'failed', 'ended without reporting the result of its job'];
    case 'STOPPED':
      return ['custom-action/build-stopped', 'failed', 'was stopped'];
    case 'TIMED_OUT':
      return ['custom-action/build-timed-out', 'failed', "exceeded the project's timeout"];
    case 'FAULT':
      return ['custom-action/build-fault', 'unavailable', 'was lost by CodeBuild'];
    default:
      return ['custom-action/build-failed', phaseFault(failed), 'failed'];
  }
}

/** Before its commands run, a build fails by what the project may read, or by how it is configured. */
function phaseFault(failed: BuildPhase | undefined): Fault {
  const contexts = failed?.contexts.join(' ') ?? '';
  if (failed === undefined || /^(?:INSTALL|PRE_BUILD|BUILD|POST_BUILD|FINALIZING)$/.test(failed.type)) return 'failed';
  if (/access.?denied|not authorized|forbidden/i.test(contexts)) return 'permission';
  return /timed?.?out|capacity|internal/i.test(contexts) ? 'unavailable' : 'configuration';
}
