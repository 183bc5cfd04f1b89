import { parseArgs } from 'node:util';
import { creationExecution, type Rehearsal, startRehearsal } from '../apps/local/test/rehearsal.ts';
import { fillWithShape, SHAPES, type Shape } from './artifact/shapes.ts';
import { deployLanes, forgetNotes, type LanesPlan } from './lanes/deploy-lanes.ts';
import { type Run, table } from './lanes/lane-row.ts';
import { createPublishedFlow, runPublishedFlow } from './lanes/published-flow.ts';
import { runJob, type StackOutputs, waitForSource } from './lanes/run-job.ts';
import { SourcePipelines } from './lanes/source-pipeline.ts';

const { values } = parseArgs({
  options: {
    shapes: { type: 'string', default: SHAPES.map(({ name }) => name).join(',') },
    scale: { type: 'string', default: '1' },
    memory: { type: 'string', default: '512,1024,2048' },
    rounds: { type: 'string', default: '5' },
  },
});
const scale = Number(values.scale);
const rounds = Number(values.rounds);

const NOTES = `
  time: of the source action, warm; cold: with the function's start. × says how many times that of the last row is.
  Not here: the wait for a container, which AWS bills and both other ways have; less CPU for less memory (on AWS a core
  comes with 1,769 MB). Builds are billed by the minute, functions by the millisecond.`;

interface Served {
  readonly shape: Shape;
  readonly pipeline: string;
  readonly url: string;
}

interface MeasuredRow {
  readonly name: string;
  readonly runs: Run[];
  readonly coldRuns: Run[];
}

const LANES: readonly (LanesPlan & { readonly name: string })[] = [
  ...values.memory
    .split(',')
    .map((memoryMb) => ({ name: `function, ${memoryMb} MB`, lanes: 'BOTH' as const, memoryMb })),
  { name: 'build', lanes: 'BUILD' },
];

async function serve(rehearsal: Rehearsal, pipelines: SourcePipelines, shape: Shape): Promise<Served> {
  const repository = await rehearsal.git.createRepository(`bench/${shape.name}`, { access: 'public' });
  await fillWithShape(repository.folder, shape, scale);
  const pipeline = `bench-${shape.name}`;
  await pipelines.add(pipeline, repository.httpsUrl);
  await waitForSource(rehearsal, pipeline, await creationExecution(rehearsal, pipeline));
  return { shape, pipeline, url: repository.httpsUrl };
}

async function runLane(rehearsal: Rehearsal, outputs: StackOutputs, { pipeline }: Served): Promise<Run> {
  await forgetNotes(rehearsal);
  const { wallMs, fetches, dispatches, buildsMs } = await runJob(rehearsal, outputs, pipeline);
  return {
    wallMs,
    functions: [...fetches, ...dispatches],
    buildsMs,
    ...(fetches.length > 0 && { peakMb: Math.max(...fetches.map(({ peakMb = 0 }) => peakMb)) }),
    isHandedOver: fetches.length > 0 && buildsMs.length > 0,
  };
}

async function runPeer(rehearsal: Rehearsal, { url }: Served): Promise<Run> {
  const { wallMs, waiting, buildMs } = await runPublishedFlow(rehearsal, url);
  return { wallMs, functions: [waiting], architecture: 'x86_64', buildsMs: [buildMs] };
}

/** Each way in turn, so that a slow moment of the machine meets all of them. */
async function measure(rehearsal: Rehearsal, served: Served): Promise<readonly MeasuredRow[]> {
  const rows = [...LANES.map(({ name }) => name), 'published flow'].map(
    (name): MeasuredRow => ({ name, runs: [], coldRuns: [] }),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [at, plan] of LANES.entries()) {
      const outputs = await deployLanes(rehearsal, plan);
      rows[at]?.coldRuns.push(await runLane(rehearsal, outputs, served));
      rows[at]?.runs.push(await runLane(rehearsal, outputs, served));
    }
    rows.at(-1)?.runs.push(await runPeer(rehearsal, served));
  }
  return rows;
}

const rehearsal = await startRehearsal();
try {
  const pipelines = await SourcePipelines.create(rehearsal);
  await createPublishedFlow(rehearsal, pipelines.bucket);
  const wanted = values.shapes.split(',');
  for (const shape of SHAPES.filter(({ name }) => wanted.includes(name))) {
    const rows = await measure(rehearsal, await serve(rehearsal, pipelines, shape));
    const size = `${Math.round(shape.files * scale)} files, ${((shape.bytes * scale) / 1e6).toFixed(1)} MB`;
    console.log(`${shape.name}: ${size} (medians of ${rounds} rounds)\n${table(rows)}`);
  }
  console.log(NOTES);
} finally {
  await rehearsal.close();
}
