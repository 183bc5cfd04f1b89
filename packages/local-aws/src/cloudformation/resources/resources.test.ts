import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { physicalName } from '../engine/resource-context.ts';
import { camelCase } from './camel-case.ts';
import { projectInput } from './codebuild-project.ts';
import { pipelineDeclaration } from './codepipeline-pipeline.ts';
import type { ResourceContext } from './resource-type.ts';
import { zipOneFile } from './zip-one-file.ts';

describe('camelCase', () => {
  it('turns keys, keeps values, and leaves opaque parts alone', () => {
    const value = { ActionTypeId: { Owner: 'AWS' }, Configuration: { ProjectName: 'P' }, S3Logs: [{ BuildSpec: 'X' }] };

    expect(camelCase(value, { opaque: ['Configuration'], renamed: { BuildSpec: 'buildspec' } })).toEqual({
      actionTypeId: { owner: 'AWS' },
      configuration: { ProjectName: 'P' },
      s3Logs: [{ buildspec: 'X' }],
    });
  });
});

describe('pipelineDeclaration', () => {
  it("is the API's structure", () => {
    const declaration = pipelineDeclaration('p', {
      RoleArn: 'arn:role',
      PipelineType: 'V2',
      ArtifactStore: { Type: 'S3', Location: 'bucket', EncryptionKey: { Id: 'key', Type: 'KMS' } },
      Variables: [{ Name: 'SourceCommit', DefaultValue: '-' }],
      Stages: [
        {
          Name: 'Source',
          Actions: [
            {
              Name: 'Git',
              ActionTypeId: { Category: 'Source', Owner: 'Custom', Provider: 'Git', Version: '1' },
              Configuration: { GitUrl: 'https://x' },
              OutputArtifacts: [{ Name: 'Out' }],
              RunOrder: 1,
            },
          ],
        },
      ],
    });

    expect(declaration).toMatchObject({
      name: 'p',
      roleArn: 'arn:role',
      pipelineType: 'V2',
      artifactStore: { type: 'S3', location: 'bucket', encryptionKey: { id: 'key', type: 'KMS' } },
      variables: [{ name: 'SourceCommit', defaultValue: '-' }],
      stages: [
        {
          name: 'Source',
          actions: [
            {
              name: 'Git',
              actionTypeId: { category: 'Source', owner: 'Custom', provider: 'Git', version: '1' },
              configuration: { GitUrl: 'https://x' },
              outputArtifacts: [{ name: 'Out' }],
              runOrder: 1,
            },
          ],
        },
      ],
    });
  });
});

describe('projectInput', () => {
  it("is CreateProject's, with `buildspec` in lower case", () => {
    const input = projectInput({ stackTags: [] } as Partial<ResourceContext> as ResourceContext, 'p', {
      Artifacts: { Type: 'NO_ARTIFACTS' },
      Environment: {
        Type: 'LINUX_CONTAINER',
        ComputeType: 'BUILD_GENERAL1_SMALL',
        Image: 'i',
        EnvironmentVariables: [{ Name: 'A', Value: 'b' }],
      },
      LogsConfig: { CloudWatchLogs: { Status: 'ENABLED', GroupName: 'g' } },
      ServiceRole: 'arn:role',
      Source: { Type: 'NO_SOURCE', BuildSpec: 'version: 0.2' },
      VpcConfig: { VpcId: 'vpc-1', Subnets: ['s'], SecurityGroupIds: ['sg'] },
    });

    expect(input).toMatchObject({
      name: 'p',
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: { environmentVariables: [{ name: 'A', value: 'b' }] },
      logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: 'g' } },
      source: { type: 'NO_SOURCE', buildspec: 'version: 0.2' },
      vpcConfig: { vpcId: 'vpc-1', subnets: ['s'], securityGroupIds: ['sg'] },
    });
  });
});

describe('physicalName', () => {
  it('keeps the random end whatever the limit', () => {
    expect(physicalName('stack', 'Role', 64)).toMatch(/^stack-Role-[A-Z0-9]{12}$/);
    const long = physicalName('a'.repeat(128), 'LogicalIdOfSomething', 64);
    expect(long).toHaveLength(64);
    expect(long).toMatch(/^a+-LogicalIdOfSomething-[A-Z0-9]{12}$/);
  });
});

describe('zipOneFile', () => {
  it('is read by unzip, content and name', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'zip-one-file-')), 'code.zip');
    writeFileSync(file, zipOneFile('index.js', 'exports.handler = () => "ü";'));

    expect(execFileSync('unzip', ['-p', file, 'index.js'], { encoding: 'utf8' })).toBe('exports.handler = () => "ü";');
    expect(execFileSync('unzip', ['-t', file], { encoding: 'utf8' })).toContain('No errors detected');
  });
});
