import type { PipelineDeclaration } from '@aws-sdk/client-codepipeline';
import { describe, expect, it } from 'vitest';
import { builtInTypes } from './built-in-types.ts';
import { readDeclaration } from './declaration.ts';
import { buildAction, samplePipeline, sourceAction, sourceType } from './test/sample-pipeline.ts';
import { pipelineProblems } from './validate-pipeline.ts';

const custom = {
  id: { category: 'Source', owner: 'Custom', provider: 'Gitsource', version: '1' } as const,
  properties: sourceType.configurationProperties ?? [],
  inputs: { minimumCount: 0, maximumCount: 0 },
  outputs: { minimumCount: 1, maximumCount: 1 },
  tags: [],
};

function problemsOf(over: Partial<PipelineDeclaration>) {
  return pipelineProblems(readDeclaration(samplePipeline(over), 1), (id) =>
    [custom, ...builtInTypes].find(
      (type) => type.id.provider === id.provider && type.id.category === id.category && type.id.version === id.version,
    ),
  );
}

function staged(source = sourceAction(), build = buildAction()): Partial<PipelineDeclaration> {
  return {
    stages: [
      { name: 'Source', actions: [source] },
      { name: 'Build', actions: [build] },
    ],
  };
}

function connectedAction(configuration: Record<string, string>) {
  return sourceAction({
    actionTypeId: { category: 'Source', owner: 'AWS', provider: 'CodeStarSourceConnection', version: '1' },
    configuration: {
      ConnectionArn: 'arn:aws:codeconnections:us-east-1:123456789012:connection/1',
      FullRepositoryId: 'group/sub/app',
      BranchName: 'main',
      ...configuration,
    },
  });
}

describe('pipelineProblems', () => {
  it('finds nothing in the sample', () => {
    expect(problemsOf({})).toEqual([]);
  });

  const unknownType = { category: 'Deploy', owner: 'AWS', provider: 'ECS', version: '1' } as const;
  const cases: [string, Partial<PipelineDeclaration>, string, RegExp][] = [
    [
      'one stage',
      { stages: [{ name: 'Source', actions: [sourceAction()] }] },
      'InvalidStructureException',
      /at least 2/,
    ],
    [
      'a build first',
      {
        stages: [
          { name: 'A', actions: [buildAction()] },
          { name: 'B', actions: [buildAction()] },
        ],
      },
      'InvalidStructureException',
      /only source actions/,
    ],
    ['variables in V1', { pipelineType: 'V1' }, 'InvalidStructureException', /need pipelineType V2/],
    [
      'QUEUED in V1',
      { pipelineType: 'V1', executionMode: 'QUEUED' },
      'InvalidStructureException',
      /executionMode QUEUED/,
    ],
    ['no store', { artifactStore: undefined }, 'InvalidStructureException', /no artifactStore/],
    [
      'a full clone by a wrong name',
      staged(connectedAction({ OutputArtifactFormat: 'CLONE' })),
      'InvalidActionDeclarationException',
      /must be CODE_ZIP or CODEBUILD_CLONE_REF, not 'CLONE'/,
    ],
    [
      'a connection that is none',
      staged(connectedAction({ ConnectionArn: 'my-connection' })),
      'InvalidActionDeclarationException',
      /ConnectionArn must be the ARN of a connection/,
    ],
    [
      'a repository without its owner',
      staged(connectedAction({ FullRepositoryId: 'app' })),
      'InvalidActionDeclarationException',
      /FullRepositoryId must be owner\/name/,
    ],
    [
      'a switch that is none',
      staged(connectedAction({ DetectChanges: 'no' })),
      'InvalidActionDeclarationException',
      /DetectChanges must be true or false/,
    ],
    [
      'a missing key',
      staged(sourceAction({ configuration: { GitUrl: 'x' } })),
      'InvalidActionDeclarationException',
      /'Branch' is missing/,
    ],
    [
      'an unknown key',
      staged(sourceAction({ configuration: { GitUrl: 'x', Branch: 'b', Brnch: 'b' } })),
      'InvalidActionDeclarationException',
      /'Brnch' is unknown/,
    ],
    [
      'a long value',
      staged(sourceAction({ configuration: { GitUrl: 'x'.repeat(1_001), Branch: 'b' } })),
      'InvalidActionDeclarationException',
      /1001 characters/,
    ],
    [
      'two outputs',
      staged(sourceAction({ outputArtifacts: [{ name: 'SourceOutput' }, { name: 'B' }] })),
      'InvalidActionDeclarationException',
      /2 output artifacts/,
    ],
    [
      'an unknown type',
      staged(undefined, buildAction({ actionTypeId: unknownType })),
      'InvalidActionDeclarationException',
      /Deploy\/AWS\/ECS\/1/,
    ],
    [
      'an input nobody makes',
      staged(undefined, buildAction({ inputArtifacts: [{ name: 'Other' }] })),
      'InvalidActionDeclarationException',
      /'Other' .* not an output/,
    ],
    [
      'an unknown namespace',
      staged(undefined, buildAction({ configuration: { ProjectName: '#{Sourec.X}' } })),
      'InvalidActionDeclarationException',
      /namespace 'Sourec'/,
    ],
    [
      'one namespace twice',
      staged(undefined, buildAction({ namespace: 'SourceVariables' })),
      'InvalidActionDeclarationException',
      /used by two actions/,
    ],
    [
      'a stage name twice',
      {
        stages: [
          { name: 'A', actions: [sourceAction()] },
          { name: 'A', actions: [buildAction()] },
        ],
      },
      'InvalidStageDeclarationException',
      /'A' is declared twice/,
    ],
    [
      'an empty stage',
      {
        stages: [
          { name: 'A', actions: [sourceAction()] },
          { name: 'B', actions: [] },
        ],
      },
      'InvalidStageDeclarationException',
      /no action/,
    ],
  ];

  it.each(cases)('finds %s', (_name, over, fault, text) => {
    expect(problemsOf(over)).toContainEqual({ fault, text: expect.stringMatching(text) as string });
  });

  it('tells everything at once', () => {
    expect(problemsOf({ name: 'a b', roleArn: 'x', artifactStore: undefined }).length).toBe(3);
  });
});
