import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CodePipelineClient,
  CreateCustomActionTypeCommand,
  CreatePipelineCommand,
  ListPipelineExecutionsCommand,
  PipelineNotFoundException,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalAws, startLocalAws } from '../start-local-aws.ts';
import { samplePipeline, sourceType } from './test/sample-pipeline.ts';

const folder = mkdtempSync(join(tmpdir(), 'codepipeline-http-'));
let aws: LocalAws;
let client: CodePipelineClient;

beforeAll(async () => {
  aws = await startLocalAws({ dataFolder: folder });
  const { region, credentials, endpointUrl: endpoint } = aws;
  client = new CodePipelineClient({ region, credentials, endpoint });
});

afterAll(async () => {
  client.destroy();
  await aws.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('CodePipeline over HTTP', () => {
  it('speaks to the SDK', async () => {
    await client.send(new CreateCustomActionTypeCommand(sourceType));
    const pipeline = samplePipeline();

    await client.send(new CreatePipelineCommand({ pipeline }));

    const list = await client.send(new ListPipelineExecutionsCommand({ pipelineName: pipeline.name }));
    expect(list.pipelineExecutionSummaries).toMatchObject([
      { status: 'InProgress', trigger: { triggerType: 'CreatePipeline' } },
    ]);
    expect(list.pipelineExecutionSummaries?.[0]?.startTime).toBeInstanceOf(Date);
    const missing = client.send(new StartPipelineExecutionCommand({ name: 'none' }));
    await expect(missing).rejects.toBeInstanceOf(PipelineNotFoundException);
  });
});
