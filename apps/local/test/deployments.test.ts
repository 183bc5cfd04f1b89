import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ListBuildsForProjectCommand, StopBuildCommand } from '@aws-sdk/client-codebuild';
import { ListPipelineExecutionsCommand, StopPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { commitFiles } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployStack } from '../src/deploy-stack.ts';
import { CODE_PREFIX } from '../src/upload-zips.ts';
import {
  createPipeline,
  creationExecution,
  PROJECT_FOLDER,
  type Rehearsal,
  startExecution,
  startRehearsal,
  waitForExecution,
} from './rehearsal.ts';

let rehearsal: Rehearsal;
let source: Readonly<Record<string, string>>;

beforeAll(async () => {
  rehearsal = await startRehearsal();
  source = { GitUrl: rehearsal.git.served.httpsUrl, CredentialsSecret: rehearsal.httpsSecret };
}, 120_000);

afterAll(() => rehearsal.close());

function deploy(name: string, template: string, parameters: Readonly<Record<string, string>>) {
  const templateFile = join(PROJECT_FOLDER, 'cloudformation', template);
  return deployStack(rehearsal.clients.cloudFormation, { name, templateFile, parameters });
}

function code(): Readonly<Record<string, string>> {
  const { accountId, region } = rehearsal.aws;
  return { CodeBucket: `gitsource-code-${accountId}-${region}`, CodePrefix: CODE_PREFIX };
}

/** The source build of an execution, as soon as it runs. */
async function runningBuild(project: string, known: readonly string[]): Promise<string> {
  for (;;) {
    const { ids = [] } = await rehearsal.clients.codeBuild.send(
      new ListBuildsForProjectCommand({ projectName: project, sortOrder: 'DESCENDING' }),
    );
    const fresh = ids.find((id) => !known.includes(id));
    if (fresh !== undefined) return fresh;
    await delay(20);
  }
}

async function builds(project: string): Promise<readonly string[]> {
  const { ids = [] } = await rehearsal.clients.codeBuild.send(
    new ListBuildsForProjectCommand({ projectName: project }),
  );
  return ids;
}

describe('custom-action.yaml', () => {
  it("fetches on CodeBuild's Lambda compute", async () => {
    const parameters = { ActionVersion: 'lambda', Lanes: 'BUILD', BuildCompute: 'LAMBDA' };
    await deploy('on-lambda', 'custom-action.yaml', { ...code(), ...parameters });
    await createPipeline(rehearsal, 'on-lambda-compute', { ...source, ActionVersion: 'lambda' });

    const ended = await waitForExecution(
      rehearsal,
      'on-lambda-compute',
      await startExecution(rehearsal, 'on-lambda-compute'),
    );

    expect(ended.failureMessage).toBe('');
    expect(ended.status).toBe('Succeeded');
  });

  it('is deployed into the network of network.yaml', async () => {
    const { outputs } = await deploy('network', 'network.yaml', {});
    const stack = await deploy('in-a-vpc', 'custom-action.yaml', {
      ...code(),
      ActionVersion: 'vpc',
      VpcId: outputs.VpcId ?? '',
      SubnetIds: outputs.SubnetIds ?? '',
    });

    expect(stack.outputs.ActionVersion).toBe('vpc');
  });

  it.each([
    [{ BuildCompute: 'LAMBDA', VpcId: 'vpc-0a1b2c', SubnetIds: 'subnet-0a1b2c' }, /LAMBDA cannot run in a VPC/],
    [{ VpcId: 'vpc-0a1b2c' }, /VpcId needs SubnetIds/],
    [{ SubnetIds: 'subnet-0a1b2c' }, /SubnetIds need VpcId/],
    [{ CodePrefix: 'no-slash' }, /must be empty or end with a slash/],
    [{ ActionProvider: 'has blank' }, /must be 1 to 35/],
  ])('refuses %j, saying why', async (parameters, reason) => {
    await expect(deploy('refused', 'custom-action.yaml', { ...code(), ...parameters })).rejects.toThrow(reason);
  });
});

describe('connection.yaml', () => {
  it('makes a connection that a pipeline can use', async () => {
    const open = await rehearsal.git.createRepository('team/open', { access: 'public' });
    await commitFiles(open.folder, 'main', { message: 'Open\n', files: { 'a.txt': 'a' } });
    const { outputs } = await deploy('connection', 'connection.yaml', {
      ConnectionName: 'team',
      Host: new URL(open.httpsUrl).host,
      Username: rehearsal.git.user,
      Token: rehearsal.git.password,
      AllowedRepository: 'team/*',
    });
    await createPipeline(rehearsal, 'connected', {
      GitUrl: open.httpsUrl,
      CredentialsSecret: outputs.ConnectionSecret ?? '',
    });

    const ended = await waitForExecution(rehearsal, 'connected', await startExecution(rehearsal, 'connected'));

    // The secret was read and serves this host; only the private authority of the test server is not in it.
    expect(ended.failureMessage).toContain('[git/certificate-unknown]');
  });
});

describe('sample-pipeline.yaml', () => {
  it("starts on GitHub's signature and on no other request", async () => {
    const { WebhookUrl = '' } = await createPipeline(rehearsal, 'signed', {
      ...source,
      WebhookAuthentication: 'GITHUB_HMAC',
      WebhookSecret: 'It is a secret',
    });
    const body = JSON.stringify({ ref: 'refs/heads/main' });
    const signature = `sha1=${createHmac('sha1', 'It is a secret').update(body).digest('hex')}`;
    const post = (headers: Record<string, string>, text = body) =>
      fetch(WebhookUrl, { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers } });
    const triggers = async () => {
      const { pipelineExecutionSummaries = [] } = await rehearsal.clients.codePipeline.send(
        new ListPipelineExecutionsCommand({ pipelineName: 'signed' }),
      );
      return pipelineExecutionSummaries.map(({ trigger }) => trigger?.triggerType);
    };

    expect((await post({})).ok).toBe(false);
    expect((await post({ 'x-hub-signature': `${signature.slice(0, -1)}x` })).ok).toBe(false);
    expect(await triggers()).toEqual(['CreatePipeline']);
    expect((await post({ 'x-hub-signature': signature })).ok).toBe(true);
    expect(await triggers()).toEqual(['Webhook', 'CreatePipeline']);
  });

  it.each([
    [{ WebhookAuthentication: 'IP' }, /needs WebhookAllowedIp/],
    [{ WebhookAuthentication: 'GITHUB_HMAC' }, /needs WebhookSecret/],
    [{ GitUrl: 'ext::sh -c id' }, /must be ssh:/],
    [{ Branch: '--upload-pack=id' }, /must be a branch/],
  ])('refuses %j, saying why', async (parameters, reason) => {
    await expect(createPipeline(rehearsal, 'refused', { ...source, ...parameters })).rejects.toThrow(reason);
  });
});

describe('a build that dies', () => {
  const PROJECT = 'gitsource-custom-action-source-clone';

  it('fails its job when somebody stops it', async () => {
    const known = await builds(PROJECT);
    await createPipeline(rehearsal, 'stopped-build', { ...source, FetchMethod: 'clone' });
    const execution = await creationExecution(rehearsal, 'stopped-build');
    await rehearsal.clients.codeBuild.send(new StopBuildCommand({ id: await runningBuild(PROJECT, known) }));

    const ended = await waitForExecution(rehearsal, 'stopped-build', execution);

    expect(ended.status).toBe('Failed');
    expect(ended.failureMessage).toMatch(/\[(custom-action\/build-stopped|source-clone\/interrupted)\]/);
    expect(ended.failureType).toBe('JobFailed');
  });

  it('and whose job was abandoned meanwhile leaves everything as it is', async () => {
    const known = await builds(PROJECT);
    await createPipeline(rehearsal, 'abandoned', { ...source, FetchMethod: 'clone' });
    const execution = await creationExecution(rehearsal, 'abandoned');
    await runningBuild(PROJECT, known);
    await rehearsal.clients.codePipeline.send(
      new StopPipelineExecutionCommand({ pipelineName: 'abandoned', pipelineExecutionId: execution, abandon: true }),
    );

    expect((await waitForExecution(rehearsal, 'abandoned', execution)).status).toBe('Stopped');
    const next = await waitForExecution(rehearsal, 'abandoned', await startExecution(rehearsal, 'abandoned'));
    expect(next.status).toBe('Succeeded');
  });
});
