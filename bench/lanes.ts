import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CUSTOM_ACTION_STACK } from '../apps/local/src/deploy-sample.ts';
import { deployStack } from '../apps/local/src/deploy-stack.ts';
import { CODE_PREFIX } from '../apps/local/src/upload-zips.ts';
import { creationExecution, PROJECT_FOLDER, type Rehearsal, startRehearsal } from '../apps/local/test/rehearsal.ts';
import { fillWithShape, SHAPES, type Shape } from './artifact/shapes.ts';
import { type Row, type Run, table } from './lanes/lane-row.ts';
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
  Not here: the wait for a container, which AWS bills with the build and both other ways have; less CPU for less memory
  (on AWS a core comes with 1,769 MB). Builds are billed by the minute, functions by the millisecond.`;

let deployments = 0;

interface Served {
  readonly shape: Shape;
  readonly pipeline: string;
  readonly url: string;
}

async function serve(rehearsal: Rehearsal, pipelines: SourcePipelines, shape: Shape): Promise<Served> {
  const repository = await rehearsal.git.createRepository(`bench/${shape.name}`, { access: 'public' });
  await fillWithShape(repository.folder, shape, scale);
  const pipeline = `bench-${shape.name}`;
  await pipelines.add(pipeline, repository.httpsUrl);
  await waitForSource(rehearsal, pipeline, await creationExecution(rehearsal, pipeline));
  return { shape, pipeline, url: repository.httpsUrl };
}

/** Deploys the template as shipped, with these parameters, of which one is new each time: its functions start cold after that. */
async function deploy(
  { aws, clients }: Rehearsal,
  parameters: Readonly<Record<string, string>>,
): Promise<StackOutputs> {
  const { outputs } = await deployStack(clients.cloudFormation, {
    name: CUSTOM_ACTION_STACK,
    templateFile: join(PROJECT_FOLDER, 'cloudformation', 'custom-action.yaml'),
    parameters: {
      CodeBucket: `gitsource-code-${aws.accountId}-${aws.region}`,
      CodePrefix: CODE_PREFIX,
      FunctionTimeoutSeconds: String(899 + (deployments++ % 2)),
      ...parameters,
    },
  });
  return outputs;
}

/** What was learnt of a repository would send it to the build at once. */
async function forgetNotes({ aws: { cloud } }: Rehearsal): Promise<void> {
  const { root } = cloud.identities;
  const path = { Path: `/gitsource/${CUSTOM_ACTION_STACK}/lanes`, Recursive: true };
  const { Parameters } = await cloud.call<{ Parameters: readonly { readonly Name: string }[] }>(
    root,
    'ssm',
    'GetParametersByPath',
    path,
  );
  for (const { Name } of Parameters) await cloud.call(root, 'ssm', 'DeleteParameter', { Name });
}

async function measureLane(rehearsal: Rehearsal, outputs: StackOutputs, { pipeline }: Served): Promise<Run[]> {
  const runs: Run[] = [];
  for (let round = 0; round < rounds; round++) {
    await forgetNotes(rehearsal);
    const { wallMs, fetches, dispatches, buildsMs } = await runJob(rehearsal, outputs, pipeline);
    runs.push({
      wallMs,
      functions: [...fetches, ...dispatches],
      buildsMs,
      peakMb: fetches.length === 0 ? undefined : Math.max(...fetches.map(({ peakMb = 0 }) => peakMb)),
      isCold: fetches.some(({ initMs }) => initMs !== undefined),
      isHandedOver: fetches.length > 0 && buildsMs.length > 0,
    });
  }
  return runs;
}

async function measurePublishedFlow(rehearsal: Rehearsal, { url }: Served): Promise<Run[]> {
  const runs: Run[] = [];
  for (let round = 0; round < rounds; round++) {
    const { wallMs, waiting, buildMs } = await runPublishedFlow(rehearsal, url);
    runs.push({ wallMs, functions: [waiting], architecture: 'x86_64', buildsMs: [buildMs] });
  }
  return runs;
}

const rehearsal = await startRehearsal();
try {
  const pipelines = await SourcePipelines.create(rehearsal);
  await createPublishedFlow(rehearsal, pipelines.bucket);
  const wanted = values.shapes.split(',');
  const served: Served[] = [];
  for (const shape of SHAPES.filter(({ name }) => wanted.includes(name))) {
    served.push(await serve(rehearsal, pipelines, shape));
  }
  const rows = new Map<Served, Row[]>(served.map((each) => [each, []]));
  const ways = [
    ...values.memory.split(',').map((mb) => ({ name: `function, ${mb} MB`, FunctionMemory: mb, Lanes: 'BOTH' })),
    { name: 'build', Lanes: 'BUILD' },
  ];
  for (const { name, ...parameters } of ways) {
    for (const each of served) {
      const outputs = await deploy(rehearsal, parameters);
      rows.get(each)?.push({ name, runs: await measureLane(rehearsal, outputs, each) });
    }
  }
  for (const each of served) {
    rows.get(each)?.push({ name: 'published flow', runs: await measurePublishedFlow(rehearsal, each) });
    const { name, files, bytes } = each.shape;
    console.log(
      `${name}: ${Math.round(files * scale)} files, ${((bytes * scale) / 1e6).toFixed(1)} MB (medians of ${rounds})`,
    );
    console.log(table(rows.get(each) ?? []));
  }
  console.log(NOTES);
} finally {
  await rehearsal.close();
}
