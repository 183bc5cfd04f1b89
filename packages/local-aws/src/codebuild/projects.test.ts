import {
  BatchGetProjectsCommand,
  type CreateProjectInput,
  DeleteProjectCommand,
  ListBuildsForProjectCommand,
  ListProjectsCommand,
  StartBuildCommand,
  UpdateProjectCommand,
} from '@aws-sdk/client-codebuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BuildAccount, buildspec } from './test/build-account.ts';

let account: BuildAccount;
let serviceRole: string;

beforeAll(async () => {
  account = await BuildAccount.open();
  serviceRole = await account.role('builds');
});

afterAll(async () => {
  await account.close();
});

const LAMBDA = {
  type: 'LINUX_LAMBDA_CONTAINER',
  image: 'aws/codebuild/amazonlinux-x86_64-lambda-standard:nodejs22',
  computeType: 'BUILD_LAMBDA_2GB',
} as const;
const CONTAINER = {
  type: 'LINUX_CONTAINER',
  image: 'aws/codebuild/standard:7.0',
  computeType: 'BUILD_GENERAL1_SMALL',
} as const;

describe('projects', { timeout: 30_000 }, () => {
  it('are made, changed, listed and deleted', async () => {
    await account.project('a-project', buildspec('true'), { serviceRole, description: 'old', concurrentBuildLimit: 2 });
    const update = { name: 'a-project', description: '', concurrentBuildLimit: -1, timeoutInMinutes: 5 };
    await account.codebuild.send(new UpdateProjectCommand(update));

    const get = new BatchGetProjectsCommand({ names: ['a-project', 'none'] });
    const { projects, projectsNotFound } = await account.codebuild.send(get);

    expect(projectsNotFound).toEqual(['none']);
    expect(projects).toMatchObject([
      { name: 'a-project', timeoutInMinutes: 5, queuedTimeoutInMinutes: 480, serviceRole },
    ]);
    expect(projects?.[0]).not.toHaveProperty('description');
    expect(projects?.[0]).not.toHaveProperty('concurrentBuildLimit');
    const again = account.project('a-project', buildspec('true'), { serviceRole });
    await expect(again).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' });
    const ids = [await account.start('a-project'), await account.start('a-project')];
    const list = await account.codebuild.send(new ListBuildsForProjectCommand({ projectName: 'a-project' }));
    expect(list.ids).toEqual(ids.toReversed());
    await account.codebuild.send(new DeleteProjectCommand({ name: 'a-project' }));
    expect((await account.codebuild.send(new ListProjectsCommand({}))).projects).not.toContain('a-project');
    await expect(account.start('a-project')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it.each<[string, Partial<CreateProjectInput>, RegExp]>([
    ['an image of another type', { environment: { ...CONTAINER, image: LAMBDA.image } }, /not a current image/],
    ['an unknown image', { environment: { ...CONTAINER, image: 'aws/codebuild/standard:1.0' } }, /not a current image/],
    ['a Lambda size', { environment: { ...CONTAINER, computeType: 'BUILD_LAMBDA_1GB' } }, /computeType/],
    ['Windows', { environment: { ...CONTAINER, type: 'WINDOWS_CONTAINER' } }, /WINDOWS_CONTAINER is not available/],
    ['a long timeout', { timeoutInMinutes: 481 }, /timeoutInMinutes/],
    ['the default timeout on Lambda', { environment: LAMBDA }, /at most 15/],
    ['a VPC on Lambda', { environment: LAMBDA, timeoutInMinutes: 15, vpcConfig: { vpcId: 'vpc-1' } }, /VPC/],
    ['a queue on Lambda', { environment: LAMBDA, timeoutInMinutes: 15, queuedTimeoutInMinutes: 5 }, /queuedTimeout/],
    [
      'privileges on Lambda',
      { environment: { ...LAMBDA, privilegedMode: true }, timeoutInMinutes: 15 },
      /Privileged mode/,
    ],
    ['a GitHub source', { source: { type: 'GITHUB', location: 'https://github.com/a/b' } }, /GITHUB is not available/],
    ['half a pipeline', { source: { type: 'CODEPIPELINE' } }, /both be of type CODEPIPELINE/],
    ['no buildspec', { source: { type: 'NO_SOURCE' } }, /needs a buildspec/],
    ['what would be ignored', { fileSystemLocations: [{ type: 'EFS' }] }, /fileSystemLocations is not available/],
    ['a role that is not there', { serviceRole: 'arn:aws:iam::123456789012:role/none' }, /sts:AssumeRole/],
  ])('are refused with %s', async (_what, over, message) => {
    const created = account.project('refused', buildspec('true'), { serviceRole, ...over });

    await expect(created).rejects.toMatchObject({
      name: 'InvalidInputException',
      message: expect.stringMatching(message),
    });
  });

  it('run on Lambda compute', async () => {
    await account.project('on-lambda', buildspec('echo ran'), {
      serviceRole,
      environment: LAMBDA,
      timeoutInMinutes: 15,
    });

    const build = await account.run('on-lambda');

    expect(build).toMatchObject({ buildStatus: 'SUCCEEDED', timeoutInMinutes: 15 });
    expect(build).not.toHaveProperty('queuedTimeoutInMinutes');
  });

  it('need iam:PassRole and are authorised one by one', async () => {
    const { cloud } = account.aws;
    await account.project('own', buildspec('true'), { serviceRole });
    await account.project('foreign', buildspec('true'), { serviceRole });
    const { principal } = cloud.identities.issue(
      'caller',
      { Statement: { Effect: 'Allow', Action: 'codebuild:*', Resource: 'arn:aws:codebuild:*:*:project/own' } },
      60_000,
    );

    await cloud.call(principal, 'codebuild', 'StartBuild', { projectName: 'own' });
    const foreign = cloud.call(principal, 'codebuild', 'StartBuild', { projectName: 'foreign' });
    const passed = cloud.call(principal, 'codebuild', 'UpdateProject', { name: 'own', serviceRole });

    await expect(foreign).rejects.toMatchObject({ message: expect.stringContaining('codebuild:StartBuild') });
    await expect(passed).rejects.toMatchObject({ message: expect.stringContaining('iam:PassRole') });
    const missing = account.codebuild.send(new StartBuildCommand({ projectName: 'none' }));
    await expect(missing).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
