import { setTimeout as delay } from 'node:timers/promises';
import {
  BatchGetBuildsCommand,
  type Build,
  ListBuildsForProjectCommand,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import { commitFiles, type LocalRepository } from '@gitsource/local-git';
import { sign } from '../../../packages/providers/src/generic/fixtures/sign.ts';
import { readZip } from './read-zip.ts';
import type { Rehearsal } from './rehearsal.ts';
import { type DeadLetter, type SourceStack, WEBHOOK_SECRET } from './source-stack.ts';

export const ZEROS = '0'.repeat(40);

interface Change {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** A repository whose pushes are told to git pull. */
export class PulledRepository {
  readonly path: string;
  readonly folder: string;
  readonly sshUrl: string;
  readonly #rehearsal: Rehearsal;
  readonly #sources: SourceStack;
  readonly #httpsUrl: string;

  constructor(rehearsal: Rehearsal, sources: SourceStack, { name, folder, httpsUrl, sshUrl }: LocalRepository) {
    this.path = name;
    this.folder = folder;
    this.#rehearsal = rehearsal;
    this.#sources = sources;
    this.sshUrl = sshUrl;
    this.#httpsUrl = httpsUrl;
  }

  key(place = 'main'): string {
    return `${this.path}/${place}/${this.path.replace('/', '_')}.zip`;
  }

  commit(files: Parameters<typeof commitFiles>[2]['files'], ref = 'main'): Promise<string> {
    return commitFiles(this.folder, ref, { message: 'A change\n', files });
  }

  /** Tells of a push; returns the answer's status. */
  push(after: string, ref = 'refs/heads/main'): Promise<number> {
    return this.pushAll([{ ref, before: after === ZEROS ? '1'.repeat(40) : ZEROS, after }]);
  }

  /** `path` is what the delivery calls the repository that its URLs are of. */
  async pushAll(changes: readonly Change[], path = this.path): Promise<number> {
    const repository = { path, httpsUrl: this.#httpsUrl, sshUrl: this.sshUrl };
    const body = Buffer.from(JSON.stringify({ repository, changes }));
    const named = { 'content-type': 'application/json', 'gitsource-event': 'push', 'webhook-id': crypto.randomUUID() };
    const headers = { ...named, ...sign(body, WEBHOOK_SECRET, Date.now(), named) };
    const { GitPullWebHookApi = '' } = this.#sources.stack.outputs;
    return (await fetch(GitPullWebHookApi, { method: 'POST', headers, body })).status;
  }

  async waitForCommit(commit: string, place = 'main'): Promise<void> {
    while ((await this.#sources.commitsOf(this.key(place)))[0] !== commit) await delay(100);
  }

  async waitForDeadLetter(): Promise<DeadLetter> {
    for (;;) {
      const found = (await this.#sources.deadLetters()).find(({ repository }) => repository === this.path);
      if (found !== undefined) return found;
      await delay(100);
    }
  }

  /** What git pull says of it, in either lane. */
  async lines(): Promise<string[]> {
    return (await this.#sources.pullsOf(this.path)).flat();
  }

  /** What functions alone say of it. */
  async functionLines(): Promise<string[]> {
    return (await this.#sources.pullsOf(this.path, ['FetchLogGroup'])).flat();
  }

  async waitForLine(text: string | RegExp): Promise<void> {
    while (!(await this.lines()).some((line) => line.match(text) !== null)) await delay(100);
  }

  async content(path: string, place = 'main'): Promise<string | undefined> {
    return (await readZip(await this.#sources.read(this.key(place)))).get(path)?.content;
  }

  /** Newest first. */
  async builds(): Promise<Build[]> {
    const { codeBuild } = this.#rehearsal.clients;
    const { GitPullProject: projectName } = this.#sources.stack.outputs;
    if (projectName === undefined) return [];
    const { ids = [] } = await codeBuild.send(new ListBuildsForProjectCommand({ projectName }));
    if (ids.length === 0) return [];
    const { builds = [] } = await codeBuild.send(new BatchGetBuildsCommand({ ids: ids.slice(0, 100) }));
    return builds.filter(({ environment }) =>
      environment?.environmentVariables?.some(({ value }) => value === this.path),
    );
  }

  async stopBuild(): Promise<void> {
    for (const { buildStatus, id } of await this.builds()) {
      if (buildStatus === 'IN_PROGRESS') await this.#rehearsal.clients.codeBuild.send(new StopBuildCommand({ id }));
    }
  }
}
