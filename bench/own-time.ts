import { readFile } from 'node:fs/promises';
import { createPipeline, type Rehearsal, startExecution, waitForExecution } from '../apps/local/test/rehearsal.ts';
import { median } from './median.ts';

const WARM_UP = 2;
const RUNS = 8;

export interface OwnTime {
  /** From the action's STARTED to the end of StartBuild. */
  readonly startedToBuildMs: number;
  /** From the end of the upload to the end of PutJobSuccessResult. */
  readonly uploadedToResultMs: number;
}

interface LoggedCall {
  readonly time: string;
  readonly action: string;
  readonly caller: string;
  readonly outcome: string;
}

const PIPELINE = 'bench';

/** Medians over warm executions, read from the action's times and the call log. */
export async function measureOwnTime(rehearsal: Rehearsal): Promise<OwnTime> {
  await createPipeline(rehearsal, PIPELINE, {
    GitUrl: rehearsal.git.served.httpsUrl,
    CredentialsSecret: rehearsal.httpsSecret,
    ExecutionMode: 'QUEUED',
  });
  const runs: OwnTime[] = [];
  for (let run = 0; run < WARM_UP + RUNS; run++) {
    const measured = await measureOne(rehearsal);
    if (run >= WARM_UP) runs.push(measured);
  }
  return {
    startedToBuildMs: median(runs.map((run) => run.startedToBuildMs)),
    uploadedToResultMs: median(runs.map((run) => run.uploadedToResultMs)),
  };
}

async function measureOne(rehearsal: Rehearsal): Promise<OwnTime> {
  const ended = await waitForExecution(rehearsal, PIPELINE, await startExecution(rehearsal, PIPELINE));
  if (ended.status !== 'Succeeded') throw new Error(`execution ${ended.status}: ${ended.failureMessage}`);
  const startedMs = ended.source?.startTime?.getTime() ?? Number.NaN;
  const calls = (await readFile(rehearsal.aws.callLog, 'utf8'))
    .trim()
    .split('\n')
    .map((line): LoggedCall => JSON.parse(line))
    .filter((call) => call.outcome === 'ok' && Date.parse(call.time) >= startedMs);
  const at = (actions: readonly string[]) =>
    Date.parse(calls.find((call) => actions.includes(call.action))?.time ?? '');
  return {
    startedToBuildMs: at(['StartBuild']) - startedMs,
    uploadedToResultMs: at(['PutJobSuccessResult']) - at(['PutObject', 'CompleteMultipartUpload']),
  };
}
