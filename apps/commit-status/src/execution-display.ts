import type { CodePipelineStateEvent } from '@gitsource/events';
import type { Config } from './config.ts';
import { ConnectionDirectory } from './connection-directory.ts';
import { CommitStatusError } from './errors.ts';
import { InstanceMemory } from './instance-memory.ts';
import type { Ports } from './ports.ts';
import { dueStatuses, type Publication, publishStatuses } from './publish-statuses.ts';
import { readTruth, type Truth } from './read-truth.ts';
import { SourceReader } from './source-reader.ts';
import { statusKey, type WantedStatus } from './wanted-status.ts';

/** `shown`: as many as were published. `gone`: the pipeline or its execution is no more. */
export type ShowOutcome = { readonly outcome: 'shown'; readonly published: number } | { readonly outcome: 'gone' };

/**
 * Lambda tries again after a minute at the soonest, so a younger event is told for the first time: then nothing that this
 * instance has published can have been overwritten by an attempt that did not come to its end.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
const FRESH_MS = 45_000;
/** A list that is behind its own event is asked again after these. */
const LAG_PAUSES_MS = [500, 2000] as const;
/** An execution changes its state some ten times in all. */
const MAX_ROUNDS = 20;

/** Shows executions beside their commits. */
export class ExecutionDisplay {
  readonly #ports: Ports;
  readonly #stageStatuses: boolean;
  readonly #directory: ConnectionDirectory;
  readonly #sources: SourceReader;
  readonly #memory = new InstanceMemory();

  constructor(ports: Ports, { secretPrefix, stageStatuses }: Config) {
    this.#ports = ports;
    this.#stageStatuses = stageStatuses;
    this.#directory = new ConnectionDirectory(ports, secretPrefix);
    this.#sources = new SourceReader(ports, this.#directory);
  }

  /**
   * An event is a hint: the truth is read, published, and read again until both agree, so that whoever publishes last publishes the
   * truth, in whatever order events come and however many are worked on at once.
   * Throws `commit-status/*`, `providers/*`, `runtime/*`.
   */
  async show(event: CodePipelineStateEvent, signal: AbortSignal): Promise<ShowOutcome> {
    const isFresh = this.#ports.now() - Date.parse(event.time) < FRESH_MS;
    const known = isFresh ? this.#memory.shownOf(event) : [];
    const publication: Publication = {
      shown: new Map(known.map((status) => [statusKey(status), status])),
      refused: new Map(),
    };
    let wanted = isFresh && !this.#stageStatuses ? await this.#memory.foresee(event, this.#sources) : undefined;
    let truth: Truth | undefined;
    let published = 0;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (wanted === undefined) {
        truth = await this.#read(event, signal);
        if (truth === undefined) return { outcome: 'gone' };
        ({ wanted } = truth);
      }
      const due = dueStatuses(publication, wanted);
      if (due.length === 0) {
        this.#settle(event, publication, wanted, truth);
        return { outcome: 'shown', published };
      }
      this.#memory.forget(event);
      await publishStatuses(this.#ports, this.#directory, publication, due, signal);
      published += due.length;
      wanted = undefined;
    }
    throw unsettled(event);
  }

  async #read(event: CodePipelineStateEvent, signal: AbortSignal): Promise<Truth | undefined> {
    const reader = { ports: this.#ports, sources: this.#sources, stageStatuses: this.#stageStatuses };
    for (const pauseMs of [...LAG_PAUSES_MS, undefined]) {
      const truth = await readTruth(reader, event);
      if (truth !== undefined) this.#memory.sawNewest(event, truth.newestExecutionId);
      if (truth === undefined || pauseMs === undefined || !isBehind(truth, event)) return truth;
      await this.#ports.sleep(pauseMs, signal);
    }
    return undefined;
  }

  /** Throws why a status was refused. */
  #settle(
    event: CodePipelineStateEvent,
    { refused }: Publication,
    wanted: readonly WantedStatus[],
    truth: Truth | undefined,
  ): void {
    for (const error of refused.values()) throw error;
    if (truth !== undefined) this.#memory.remember(event, wanted, truth);
  }
}

function unsettled({ executionId, pipelineName }: CodePipelineStateEvent): CommitStatusError {
  return new CommitStatusError(
    'commit-status/unsettled',
    `The execution ${executionId} of ${pipelineName} changed each time that it was shown. It is tried again.`,
  );
}

/** Whether the list does not know yet what the event tells. A run that was resumed since looks alike, and only waits for nothing. */
function isBehind({ run }: Truth, event: CodePipelineStateEvent): boolean {
  if (run.status !== 'InProgress' && run.status !== 'Stopping') return false;
  if (event.level === 'pipeline') return /^(?:FAILED|STOPPED|CANCELED|SUPERSEDED)$/.test(event.state);
  return event.level === 'action' && event.state === 'SUCCEEDED' && !run.revisions.has(event.actionName ?? '');
}
