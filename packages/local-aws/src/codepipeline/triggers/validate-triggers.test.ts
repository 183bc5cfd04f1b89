import type { GitConfiguration, PipelineDeclaration } from '@aws-sdk/client-codepipeline';
import { describe, expect, it } from 'vitest';
import { readDeclaration } from '../declaration.ts';
import { samplePipeline, sourceAction } from '../test/sample-pipeline.ts';
import { triggerProblems } from './validate-triggers.ts';

const connected = {
  name: 'App',
  actionTypeId: { category: 'Source', owner: 'AWS', provider: 'CodeStarSourceConnection', version: '1' },
} as const;

function problemsOf(over: Partial<PipelineDeclaration>): string[] {
  const stages = [{ name: 'Source', actions: [connected, sourceAction()] }];
  return triggerProblems(readDeclaration(samplePipeline({ stages, ...over }), 1)).map(({ text }) => text);
}

function problemsIn(configuration: Omit<GitConfiguration, 'sourceActionName'>): string[] {
  return problemsOf({
    triggers: [
      {
        providerType: 'CodeStarSourceConnection',
        gitConfiguration: { sourceActionName: 'App', ...configuration },
      },
    ],
  });
}

describe('triggerProblems', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `b${index}`);
  const branches = { includes: many(8), excludes: many(8) };

  it('finds nothing in the largest trigger', () => {
    const pattern = 'p'.repeat(255);
    expect(
      problemsIn({
        push: [{ branches, filePaths: { excludes: [pattern] } }, { tags: branches }, { branches }],
        pullRequest: [
          { branches, events: ['OPEN', 'UPDATED', 'CLOSED'] },
          { branches, filePaths: branches },
          { branches },
        ],
      }),
    ).toEqual([]);
  });

  it.each<[string, Omit<GitConfiguration, 'sourceActionName'>, RegExp]>([
    ['four push filters', { push: many(4).map(() => ({ branches })) }, /push has 4 entries; 1 to 3/],
    ['no push filter', { push: [] }, /push has 0 entries/],
    ['four pull request filters', { pullRequest: many(4).map(() => ({ branches })) }, /pullRequest has 4 entries/],
    ['nine patterns', { push: [{ branches: { includes: many(9) } }] }, /branches.includes has 9 entries; 1 to 8/],
    ['no pattern', { push: [{ branches: {} }] }, /branches needs includes or excludes/],
    ['a long pattern', { push: [{ tags: { includes: ['p'.repeat(256)] } }] }, /256 characters; at most 255/],
    ['a bad pattern', { push: [{ tags: { includes: ['v[0-9'] } }] }, /'v\[0-9' is not a glob pattern/],
    ['tags with branches', { push: [{ tags: branches, branches }] }, /tags go with neither/],
    ['paths without branches', { push: [{ filePaths: branches }] }, /needs tags or branches/],
    ['an empty filter', { push: [{}] }, /needs tags or branches/],
    ['a pull request of any branch', { pullRequest: [{ events: ['OPEN'] }] }, /needs branches/],
    ['an unknown event', { pullRequest: [{ branches, events: ['MERGED' as 'OPEN'] }] }, /'MERGED' is not one of OPEN/],
  ])('refuses %s', (_name, configuration, text) => {
    expect(problemsIn(configuration).join('; ')).toMatch(text);
  });

  it('refuses what is not for a connection, or not in a V2 pipeline', () => {
    const trigger = (sourceActionName: string, providerType = 'CodeStarSourceConnection') => ({
      providerType: providerType as 'CodeStarSourceConnection',
      gitConfiguration: { sourceActionName },
    });

    expect(problemsOf({ triggers: [trigger('App')], pipelineType: 'V1' })).toEqual(['triggers need pipelineType V2']);
    expect(problemsOf({ triggers: [trigger('Fetch')] }).join()).toMatch(/'Fetch' is not a CodeStarSourceConnection/);
    expect(problemsOf({ triggers: [trigger('None')] }).join()).toMatch(/'None' is not a CodeStarSourceConnection/);
    expect(problemsOf({ triggers: [trigger('App'), trigger('App')] })).toEqual([
      "source action 'App' has two triggers",
    ]);
    expect(problemsOf({ triggers: [trigger('App', 'Webhook')] }).join()).toMatch(/providerType 'Webhook'/);
    expect(problemsOf({ triggers: Array.from({ length: 51 }, () => trigger('App')) }).join()).toMatch(/51 triggers/);
  });
});
