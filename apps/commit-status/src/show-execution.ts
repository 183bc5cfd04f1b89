import type { CodePipelineStateEvent } from '@gitsource/events';
import type { Config } from './config.ts';
import { createConnectionDirectory } from './connection-directory.ts';
import { createSourceReader } from './create-source-reader.ts';
import { CommitStatusError } from './errors.ts';
import { InstanceMemory } from './instance-memory.ts';
import type { Ports } from './ports.ts';
import { dueStatuses, type Publication, publishStatuses } from './publish-statuses.ts';
import { readTruth, type Truth } from './read-truth.ts';
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

/**
 * Makes what shows executions beside their commits. An event is a hint: the truth is read, published, and read again until
 * both agree, so that whoever publishes last publishes the truth, in whatever order events come and however many are worked on at
 * once. Throws `commit-status/*`, `providers/*`, `runtime/*`.
 */
export function createShowExecution(
  ports: Ports,
  config: Config,
): (event: CodePipelineStateEvent, signal: AbortSignal) => Promise<ShowOutcome> {
  const directory = createConnectionDirectory(ports, config.secretPrefix);
  const sources = createSourceReader(ports, directory);
  const memory = new InstanceMemory();

  async function read(event: CodePipelineStateEvent, signal: AbortSignal): Promise<Truth | undefined> {
    for (const pauseMs of [...LAG_PAUSES_MS, undefined]) {
      const truth = await readTruth({ ports, sources, stageStatuses: config.stageStatuses }, event);
      if (truth !== undefined) memory.sawNewest(event, truth.newestExecutionId);
      if (truth === undefined || pauseMs === undefined || !isBehind(truth, event)) return truth;
      await ports.sleep(pauseMs, signal);
    }
    return undefined;
  }

  return async (event, signal) => {
    const isFresh = ports.now() - Date.parse(event.time) < FRESH_MS;
    const known = isFresh ? memory.shownOf(event) : [];
    const publication: Publication = {
      shown: new Map(known.map((status) => [statusKey(status), status])),
      refused: new Map(),
    };
    let wanted = isFresh && !config.stageStatuses ? await memory.foresee(event, sources) : undefined;
    let truth: Truth | undefined;
    let published = 0;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (wanted === undefined) {
        truth = await read(event, signal);
        if (truth === undefined) return { outcome: 'gone' };
        ({ wanted } = truth);
      }
      const due = dueStatuses(publication, wanted);
      if (due.length === 0) {
        settle(event, publication, wanted, truth);
        return { outcome: 'shown', published };
      }
      memory.forget(event);
      await publishStatuses(ports, directory, publication, due, signal);
      published += due.length;
      wanted = undefined;
    }
    throw unsettled(event);
  };

  /** Throws why a status was refused. */
  function settle(
    event: CodePipelineStateEvent,
    { refused }: Publication,
    wanted: readonly WantedStatus[],
    truth: Truth | undefined,
  ): void {
    for (const error of refused.values()) throw error;
    if (truth !== undefined) memory.remember(event, wanted, truth);
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
