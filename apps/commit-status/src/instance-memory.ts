import type { CodePipelineStateEvent } from '@gitsource/events';
import { BoundedMap } from './bounded-map.ts';
import { RUNNING, SUCCEEDED } from './describe-run.ts';
import { readBeginning, type Truth } from './read-truth.ts';
import { stateShown } from './source-commit.ts';
import type { SourceReader } from './source-reader.ts';
import type { WantedStatus } from './wanted-status.ts';

/** What was published of an execution, and then found to be true. */
interface Remembered {
  readonly shown: readonly WantedStatus[];
  /** Whether the commit of each of its sources is known. */
  readonly isWhole: boolean;
}

const MAX_EXECUTIONS = 500;

/**
 * What one instance of the function knows of executions without asking. It saves calls, and decides nothing: what is published by it is
 * checked afterwards as everything is. It is good for fresh events only, see `execution-display.ts`.
 */
export class InstanceMemory {
  readonly #executions = new BoundedMap<Remembered>(MAX_EXECUTIONS);
  /** By pipeline: the newest execution that is known here. */
  readonly #newest = new BoundedMap<string>(MAX_EXECUTIONS);

  /** What is shown of an execution already, as far as this instance knows. */
  shownOf({ executionId }: CodePipelineStateEvent): readonly WantedStatus[] {
    return this.#executions.get(executionId)?.shown ?? [];
  }

  sawNewest({ pipelineName }: CodePipelineStateEvent, executionId: string): void {
    this.#newest.set(pipelineName, executionId);
  }

  remember({ executionId }: CodePipelineStateEvent, shown: readonly WantedStatus[], { isWhole }: Truth): void {
    this.#executions.set(executionId, { shown, isWhole });
  }

  /** To be called before anything is published: until it is found to be true, nothing is known. */
  forget({ executionId }: CodePipelineStateEvent): void {
    this.#executions.delete(executionId);
  }

  /** What an event says by itself, with what is known; `undefined`: too little. */
  async foresee(event: CodePipelineStateEvent, sources: SourceReader): Promise<readonly WantedStatus[] | undefined> {
    const { actionName, executionId, level, pipelineName, state } = event;
    const known = this.#executions.get(executionId);
    if (known === undefined) {
      return level === 'pipeline' && state === 'STARTED' ? this.#begin(event, sources) : undefined;
    }
    if (state !== 'SUCCEEDED' || known.shown.some((status) => status.executionId !== executionId)) return undefined;
    if (level === 'action') return fetched(known.shown, actionName);
    const isAlone = known.isWhole && this.#newest.get(pipelineName) === executionId;
    return level === 'pipeline' && isAlone
      ? known.shown.map((status) => ({ ...status, ...SUCCEEDED, turn: '' }))
      : undefined;
  }

  async #begin(event: CodePipelineStateEvent, sources: SourceReader): Promise<readonly WantedStatus[] | undefined> {
    this.sawNewest(event, event.executionId);
    const declaration = await sources.declarationOf(event.pipelineName, event.pipelineVersion);
    if (declaration === undefined) return undefined;
    // Before its source has succeeded, an execution has a commit only if it is pinned to one.
    return declaration.hasVariables ? readBeginning(sources, event, declaration) : [];
  }
}

/** What is shown while an action has just brought its commit; `undefined` where more has been shown already. */
function fetched(shown: readonly WantedStatus[], actionName = ''): readonly WantedStatus[] | undefined {
  const concerns = ({ commit }: WantedStatus) => commit.actionName === actionName;
  if (!shown.some(concerns) || shown.some(({ state }) => state !== 'pending')) return undefined;
  return shown.map((status) =>
    concerns(status) ? { ...status, ...RUNNING, state: stateShown(status.commit, RUNNING.state) } : status,
  );
}
