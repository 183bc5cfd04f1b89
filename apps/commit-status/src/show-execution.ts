import { CodedError, type CodePipelineStateEvent } from '@gitsource/events';
import { BoundedMap } from './bounded-map.ts';
import type { Config } from './config.ts';
import { createConnectionDirectory } from './connection-directory.ts';
import { createSourceReader } from './create-source-reader.ts';
import { RUNNING, SUCCEEDED } from './describe-run.ts';
import { CommitStatusError } from './errors.ts';
import type { Ports } from './ports.ts';
import { publishStatus } from './publish-status.ts';
import { readBeginning, readTruth, type Truth, type WantedStatus } from './read-truth.ts';
import { commitKey, stateShown } from './source-commit.ts';

/** What this instance of the function has shown of an execution, and then found to be true. */
interface Remembered {
  readonly shown: readonly WantedStatus[];
  readonly isWhole: boolean;
}

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
const MAX_EXECUTIONS = 500;

/**
 * Makes what shows executions beside their commits. An event is a hint: the truth is read, published, and read again until
 * both agree, so that whoever publishes last publishes the truth, in whatever order events come and however many are worked on at
 * once. Throws `commit-status/*`, `providers/*`, `runtime/*`.
 */
export function createShowExecution(ports: Ports, config: Config) {
  const directory = createConnectionDirectory(ports, config.secretPrefix);
  const reader = createSourceReader(ports, directory);
  const remembered = new BoundedMap<Remembered>(MAX_EXECUTIONS);
  /** By pipeline: the newest execution that is known here. */
  const newest = new BoundedMap<string>(MAX_EXECUTIONS);

  async function read(event: CodePipelineStateEvent, signal: AbortSignal): Promise<Truth | undefined> {
    for (const pauseMs of [...LAG_PAUSES_MS, undefined]) {
      const truth = await readTruth(ports, reader, event);
      if (truth !== undefined) newest.set(event.pipelineName, truth.newestExecutionId);
      if (truth === undefined || pauseMs === undefined || !isBehind(truth, event)) return truth;
      await ports.sleep(pauseMs, signal);
    }
    return undefined;
  }

  /** What a fresh event says by itself, with what is known here; `undefined`: too little. It is checked once it is published. */
  async function foresee(event: CodePipelineStateEvent): Promise<readonly WantedStatus[] | undefined> {
    const { executionId, level, pipelineName, pipelineVersion, state } = event;
    const known = remembered.get(executionId);
    if (level === 'pipeline' && state === 'STARTED' && known === undefined) {
      newest.set(pipelineName, executionId);
      const declaration = await reader.declarationOf(pipelineName, pipelineVersion);
      if (declaration === undefined) return undefined;
      return declaration.hasVariables ? readBeginning(reader, event, declaration) : [];
    }
    if (known === undefined || known.shown.some((status) => status.executionId !== executionId)) return undefined;
    if (level === 'action' && state === 'SUCCEEDED') return fetched(known, event.actionName);
    const isAlone = known.isWhole && newest.get(pipelineName) === executionId;
    return level === 'pipeline' && state === 'SUCCEEDED' && isAlone
      ? known.shown.map((status) => ({ ...status, ...SUCCEEDED, turn: '' }))
      : undefined;
  }

  return async (event: CodePipelineStateEvent, signal: AbortSignal): Promise<ShowOutcome> => {
    const isFresh = ports.now() - Date.parse(event.time) < FRESH_MS;
    const shown = new Map(
      (isFresh ? (remembered.get(event.executionId)?.shown ?? []) : []).map((status) => [keyOf(status), status]),
    );
    const refused = new Map<string, CodedError>();
    let wanted = isFresh && !config.stageStatuses ? await foresee(event) : undefined;
    let truth = wanted === undefined ? await read(event, signal) : undefined;
    let published = 0;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      wanted ??= truth?.wanted;
      if (wanted === undefined) return { outcome: 'gone' };
      const due = wanted.filter((status) => !refused.has(keyOf(status)) && !isSame(shown.get(keyOf(status)), status));
      if (due.length === 0) {
        if (truth !== undefined) {
          const held = wanted.filter((status) => !refused.has(keyOf(status)));
          remembered.set(event.executionId, { shown: held, isWhole: truth.isWhole && refused.size === 0 });
        }
        for (const error of refused.values()) throw error;
        return { outcome: 'shown', published };
      }
      await publishAll(due, shown, refused, signal);
      published += due.length;
      truth = await read(event, signal);
      wanted = undefined;
    }
    throw new CommitStatusError(
      'commit-status/unsettled',
      `The execution ${event.executionId} of ${event.pipelineName} changed whenever its status was shown.`,
    );
  };

  /** One that no retry can help must not keep the others from being shown. */
  async function publishAll(
    due: readonly WantedStatus[],
    shown: Map<string, WantedStatus>,
    refused: Map<string, CodedError>,
    signal: AbortSignal,
  ): Promise<void> {
    const failures: unknown[] = [];
    for (const status of due) {
      try {
        await publishStatus(ports, directory, status, signal);
        shown.set(keyOf(status), status);
      } catch (error) {
        if (error instanceof CodedError && !error.retryable) refused.set(keyOf(status), error);
        else failures.push(error);
      }
    }
    for (const error of failures) throw error;
  }
}

function keyOf(status: WantedStatus): string {
  return JSON.stringify([commitKey(status.commit), status.context]);
}

function isSame(one: WantedStatus | undefined, other: WantedStatus): boolean {
  return (
    one?.state === other.state &&
    one.description === other.description &&
    one.executionId === other.executionId &&
    one.turn === other.turn
  );
}

/** Whether the list does not know yet what the event tells. A run that was resumed since looks alike, and only waits for nothing. */
function isBehind({ run }: Truth, event: CodePipelineStateEvent): boolean {
  if (run.status !== 'InProgress' && run.status !== 'Stopping') return false;
  if (event.level === 'pipeline') return /^(?:FAILED|STOPPED|CANCELED|SUPERSEDED)$/.test(event.state);
  return event.level === 'action' && event.state === 'SUCCEEDED' && !run.revisions.has(event.actionName ?? '');
}

/** What is shown while an action has just brought its commit; `undefined` where more has been shown already. */
function fetched({ shown }: Remembered, actionName = ''): readonly WantedStatus[] | undefined {
  const concerns = ({ commit }: WantedStatus) => commit.actionName === actionName;
  if (!shown.some(concerns) || shown.some(({ state }) => state !== 'pending')) return undefined;
  return shown.map((status) =>
    concerns(status) ? { ...status, ...RUNNING, state: stateShown(status.commit, RUNNING.state) } : status,
  );
}
