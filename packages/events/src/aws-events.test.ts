import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCodeBuildBuildEvent } from './codebuild-build-event.ts';
import { CodedError } from './coded-error.ts';
import { parseCodePipelineActionEvent } from './codepipeline-action-event.ts';
import { parseCodePipelineStateEvent } from './codepipeline-state-event.ts';

const ACTION_STARTED = {
  version: '0',
  id: '01234567-89ab-cdef-0123-456789abcdef',
  'detail-type': 'CodePipeline Action Execution State Change',
  source: 'aws.codepipeline',
  account: '111122223333',
  time: '2026-01-31T09:15:00Z',
  region: 'eu-central-1',
  resources: ['arn:aws:codepipeline:eu-central-1:111122223333:sample'],
  detail: {
    pipeline: 'sample',
    'execution-id': '12345678-1234-5678-abcd-12345678abcd',
    stage: 'Source',
    action: 'Checkout',
    state: 'STARTED',
    region: 'eu-central-1',
    type: { owner: 'Custom', category: 'Source', provider: 'Gitsource', version: 1 },
    version: 2,
  },
};

const BUILD_FAILED = {
  source: 'aws.codebuild',
  'detail-type': 'CodeBuild Build State Change',
  time: '2026-01-31T09:16:00Z',
  detail: {
    'build-status': 'FAILED',
    'project-name': 'clone',
    'build-id': 'arn:aws:codebuild:eu-central-1:111122223333:build/clone:8f5f',
    'additional-information': {
      environment: { 'environment-variables': [{ name: 'CODEPIPELINE_JOB_ID', type: 'PLAINTEXT', value: 'job-1' }] },
      logs: { 'deep-link': 'https://console.example/log' },
      phases: [
        { 'phase-type': 'PROVISIONING', 'phase-status': 'SUCCEEDED', 'phase-context': [': '] },
        {
          'phase-type': 'BUILD',
          'phase-status': 'FAILED',
          'phase-context': ['COMMAND_EXECUTION_ERROR: exit status 1'],
        },
        { 'phase-type': 'COMPLETED' },
      ],
    },
  },
};

describe('parseCodePipelineActionEvent', () => {
  it('reads the fields by our names, the version as text', () => {
    expect(parseCodePipelineActionEvent(ACTION_STARTED)).toMatchObject({
      pipelineName: 'sample',
      executionId: '12345678-1234-5678-abcd-12345678abcd',
      actionName: 'Checkout',
      state: 'STARTED',
      actionType: { owner: 'Custom', category: 'Source', provider: 'Gitsource', version: '1' },
    });
  });

  it('names every missing field at once', () => {
    const detail = { ...ACTION_STARTED.detail, pipeline: undefined, type: undefined };

    expect(() => parseCodePipelineActionEvent({ ...ACTION_STARTED, detail })).toThrow(/detail\.pipeline.*detail\.type/);
  });
});

describe('parseCodePipelineStateEvent', () => {
  it('reads an action as one level of three', () => {
    expect(parseCodePipelineStateEvent(ACTION_STARTED)).toEqual({
      level: 'action',
      time: '2026-01-31T09:15:00Z',
      region: 'eu-central-1',
      accountId: '111122223333',
      partition: 'aws',
      pipelineName: 'sample',
      pipelineVersion: 2,
      executionId: '12345678-1234-5678-abcd-12345678abcd',
      state: 'STARTED',
      stageName: 'Source',
      actionName: 'Checkout',
      actionCategory: 'Source',
    });
  });

  it('reads an execution of another partition, with the version as text or without one', () => {
    const { action: _action, stage: _stage, type: _type, version: _version, ...detail } = ACTION_STARTED.detail;
    const event = {
      ...ACTION_STARTED,
      'detail-type': 'CodePipeline Pipeline Execution State Change',
      resources: ['arn:aws-cn:codepipeline:cn-north-1:111122223333:pipeline:sample'],
    };

    const read = parseCodePipelineStateEvent({ ...event, detail: { ...detail, version: '7' } });
    expect(read).toMatchObject({ level: 'pipeline', partition: 'aws-cn', pipelineVersion: 7 });
    expect(parseCodePipelineStateEvent({ ...event, detail })).not.toHaveProperty('pipelineVersion');
  });
});

describe('parseCodeBuildBuildEvent', () => {
  it('reads status, job and what each phase said', () => {
    expect(parseCodeBuildBuildEvent(BUILD_FAILED)).toMatchObject({
      status: 'FAILED',
      projectName: 'clone',
      environment: { CODEPIPELINE_JOB_ID: 'job-1' },
      logUrl: 'https://console.example/log',
      phases: [
        { type: 'PROVISIONING', contexts: [] },
        { type: 'BUILD', status: 'FAILED', contexts: ['COMMAND_EXECUTION_ERROR: exit status 1'] },
        { type: 'COMPLETED', contexts: [] },
      ],
    });
  });

  it('gives an event or a coded error for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const parse of [parseCodeBuildBuildEvent, parseCodePipelineActionEvent, parseCodePipelineStateEvent]) {
          expect(() => parse(value)).toThrow(CodedError);
        }
      }),
    );
  });
});
