import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildPhaseType } from '@aws-sdk/client-codebuild';
import type { AwsCredentials, Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';
import { uploadArtifacts } from './build-artifacts.ts';
import { BuildEnded } from './build-ended.ts';
import { buildEnvironment } from './build-environment.ts';
import { BuildFailure } from './build-failure.ts';
import { BuildLog } from './build-log.ts';
import type { BuildProgress } from './build-progress.ts';
import { BuildShell } from './build-shell.ts';
import { type BuildSources, downloadSources } from './build-sources.ts';
import { parseBuildspec } from './buildspec.ts';
import { notSimulated } from './not-simulated.ts';
import type { TerminalStatus } from './records.ts';
import { runCommands } from './run-commands.ts';
import type { BuildStore } from './store.ts';

/** One build from PROVISIONING to COMPLETED. */
export class BuildRun {
  readonly #store: BuildStore;
  readonly #progress: BuildProgress;
  readonly #signal: AbortSignal;
  #log: BuildLog | undefined;
  #scratch = '';

  /** Ended early by the signal, whose reason is a BuildEnded. */
  constructor(store: BuildStore, progress: BuildProgress, signal: AbortSignal) {
    this.#store = store;
    this.#progress = progress;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    let status: TerminalStatus;
    try {
      status = (await this.#phases()) ? 'SUCCEEDED' : 'FAILED';
    } catch (error) {
      status = error instanceof BuildEnded ? error.status : 'FAILED';
    }
    await this.#finalize();
    this.#progress.complete(status);
  }

  /** Whether all phases succeeded; a failure that ends the build at once is thrown. */
  async #phases(): Promise<boolean> {
    const { build } = this.#progress;
    const { principal, credentials } = await this.#phase('PROVISIONING', () => this.#provision());
    const { sources, buildspec, shell } = await this.#phase('DOWNLOAD_SOURCE', () =>
      this.#prepare(principal, credentials),
    );
    const stop = () => shell.kill();
    this.#signal.addEventListener('abort', stop);
    if (this.#signal.aborted) stop();
    try {
      const log = this.#log as BuildLog;
      const succeeded = await runCommands({ progress: this.#progress, shell, log, buildspec, signal: this.#signal });
      if (succeeded === 'ABORTED') return false;
      const uploaded = await this.#attempt('UPLOAD_ARTIFACTS', () =>
        uploadArtifacts({ cloud: this.#store.cloud, principal, build, buildspec, folder: sources.folder, log }),
      );
      return succeeded && uploaded;
    } finally {
      this.#signal.removeEventListener('abort', stop);
      shell.kill();
    }
  }

  async #provision(): Promise<{ principal: Principal; credentials: AwsCredentials }> {
    const { cloud } = this.#store;
    const { build } = this.#progress;
    const [, session = ''] = build.id.split(':');
    try {
      const assumed = await cloud.identities.assumeRole(
        build.settings.serviceRole,
        `AWSCodeBuild-${session}`,
        'codebuild.amazonaws.com',
        this.#store.arn('project', build.projectName),
      );
      this.#log = new BuildLog(cloud, assumed.principal, build.logs);
      await this.#log.create();
      return assumed;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw new BuildFailure('ACCESS_DENIED', `Service role ${build.settings.serviceRole}: ${error.message}`);
    }
  }

  async #prepare(principal: Principal, credentials: AwsCredentials) {
    const { cloud } = this.#store;
    const { build } = this.#progress;
    const log = this.#log as BuildLog;
    const scratch = await this.#makeScratch();
    log.say(`Running in ${scratch} on this machine, not in ${build.settings.environment.image}`);
    const sources = await downloadSources(cloud, principal, build, scratch);
    const buildspec = parseBuildspec(await this.#buildspecText(sources));
    for (const line of notSimulated(buildspec, build.settings)) log.say(line);
    const parts = { cloud, build, principal, credentials, buildspec, sources, scratch };
    const { variables, secrets } = await buildEnvironment(parts);
    log.addSecrets(secrets);
    const shell = new BuildShell({
      kind: buildspec.env?.shell ?? 'sh',
      folder: sources.folder,
      environment: variables,
      scratch,
      line: (line) => log.line(line),
    });
    return { sources, buildspec, shell };
  }

  async #makeScratch(): Promise<string> {
    // Short, because socket paths in TMPDIR may have 104 characters only.
    this.#scratch = mkdtempSync(join(tmpdir(), 'codebuild-'));
    this.#progress.build.scratch = this.#scratch;
    this.#store.save(this.#progress.build);
    for (const name of ['home', 'tmp']) await mkdir(join(this.#scratch, name));
    return this.#scratch;
  }

  /** The project's or the start's own text (more than one line), a path in the source, or buildspec.yml. */
  async #buildspecText({ folder }: BuildSources): Promise<string> {
    const { buildspec = '' } = this.#progress.build.settings.source;
    if (buildspec.includes('\n') || /^\s*[{"]/.test(buildspec)) return buildspec;
    const path = buildspec === '' ? 'buildspec.yml' : buildspec;
    try {
      return await readFile(join(folder, path), 'utf8');
    } catch {
      throw new BuildFailure('YAML_FILE_ERROR', `YAML file does not exist: ${path} in the primary source`);
    }
  }

  async #phase<T>(type: BuildPhaseType, work: () => Promise<T>): Promise<T> {
    this.#progress.enter(type);
    try {
      this.#signal.throwIfAborted();
      const result = await work();
      this.#signal.throwIfAborted();
      this.#progress.leave('SUCCEEDED');
      return result;
    } catch (error) {
      this.#leaveFailed(error);
      throw error;
    }
  }

  async #attempt(type: BuildPhaseType, work: () => Promise<void>): Promise<boolean> {
    try {
      await this.#phase(type, work);
      return true;
    } catch (error) {
      if (error instanceof BuildEnded) throw error;
      return false;
    }
  }

  #leaveFailed(error: unknown): void {
    const ended: unknown = this.#signal.aborted ? this.#signal.reason : error;
    if (ended instanceof BuildEnded) {
      this.#progress.leave(ended.status, [ended.context]);
      return;
    }
    const failure = error instanceof BuildFailure ? error : new BuildFailure('INTERNAL_SERVICE_ERROR', String(error));
    this.#log?.say(`Phase context status code: ${failure.statusCode} Message: ${failure.message}`);
    this.#progress.leave('FAILED', [failure.context]);
  }

  async #finalize(): Promise<void> {
    this.#progress.enter('FINALIZING');
    await this.#log?.close();
    if (this.#scratch !== '') {
      await rm(this.#scratch, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
      delete this.#progress.build.scratch;
    }
    this.#progress.leave('SUCCEEDED');
  }
}
