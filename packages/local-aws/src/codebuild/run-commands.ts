import type { BuildPhaseType } from '@aws-sdk/client-codebuild';
import { BuildEnded } from './build-ended.ts';
import type { BuildFailure } from './build-failure.ts';
import type { BuildLog } from './build-log.ts';
import type { BuildProgress } from './build-progress.ts';
import { type BuildShell, commandFailure } from './build-shell.ts';
import type { Buildspec, CommandPhase } from './buildspec.ts';

export interface CommandParts {
  readonly progress: BuildProgress;
  readonly shell: BuildShell;
  readonly log: BuildLog;
  readonly buildspec: Buildspec;
  readonly signal: AbortSignal;
}

const PHASES: readonly (readonly [CommandPhase, BuildPhaseType])[] = [
  ['install', 'INSTALL'],
  ['pre_build', 'PRE_BUILD'],
  ['build', 'BUILD'],
  ['post_build', 'POST_BUILD'],
];

/**
 * The four phases of commands. True when all succeeded, false when one failed and the build goes on to its artifacts,
 * ABORTED when it does not: after a failed install or pre_build, or where on-failure says so. Rejects with BuildEnded.
 *
 * A phase that fails with `on-failure: CONTINUE` lets the next ones run; the build is FAILED all the same.
 */
export async function runCommands(parts: CommandParts): Promise<boolean | 'ABORTED'> {
  let succeeded = true;
  for (const [name, type] of PHASES) {
    const failure = await runPhase(parts, name, type);
    if (failure === undefined) continue;
    if (succeeded) await parts.shell.run('export CODEBUILD_BUILD_SUCCEEDING=0');
    succeeded = false;
    const onFailure = parts.buildspec.phases[name]?.['on-failure'];
    const goesOn = onFailure === undefined ? name === 'build' || name === 'post_build' : onFailure === 'CONTINUE';
    if (!goesOn) return 'ABORTED';
  }
  await exportVariables(parts);
  return succeeded;
}

async function runPhase(
  parts: CommandParts,
  name: CommandPhase,
  type: BuildPhaseType,
): Promise<BuildFailure | undefined> {
  const { progress, log, buildspec } = parts;
  progress.enter(type);
  log.say(`Entering phase ${type}`);
  const phase = buildspec.phases[name];
  const failed = await runList(parts, phase?.commands ?? []);
  // As on AWS, the commands of `finally` run after failed commands too.
  const failedFinally = await runList(parts, phase?.finally ?? []);
  const failure = failed ?? failedFinally;
  const contexts = failure === undefined ? [] : [{ ...failure.context, message: log.mask(failure.message) }];
  log.say(`Phase complete: ${type} State: ${failure === undefined ? 'SUCCEEDED' : 'FAILED'}`);
  const [context] = contexts;
  log.say(`Phase context status code: ${context?.statusCode ?? ''} Message: ${context?.message ?? ''}`);
  progress.leave(failure === undefined ? 'SUCCEEDED' : 'FAILED', contexts);
  return failure;
}

async function runList({ shell, log, signal, progress }: CommandParts, commands: readonly string[]) {
  for (const command of commands) {
    log.say(`Running command ${command.trimEnd()}`);
    const status = await shell.run(command);
    if (signal.aborted) {
      const ended: unknown = signal.reason;
      if (!(ended instanceof BuildEnded)) throw ended;
      progress.leave(ended.status, [ended.context]);
      throw ended;
    }
    if (status !== 0) {
      log.say(`Command did not exit successfully ${command.trimEnd()} exit status ${status}`);
      return commandFailure(command, status);
    }
  }
  return undefined;
}

async function exportVariables({ progress, shell, buildspec, log }: CommandParts): Promise<void> {
  const wanted = buildspec.env?.['exported-variables'] ?? [];
  if (wanted.length === 0) return;
  const values = await shell.variables();
  progress.build.exportedVariables = wanted
    .filter((name) => !name.startsWith('AWS_'))
    .map((name) => ({ name, value: values.get(name) ?? '' }))
    // Secrets cannot be exported.
    .filter(({ value }) => log.mask(value) === value);
}
