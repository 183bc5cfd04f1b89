import { describe, expect, it } from 'vitest';
import { resolveVariables } from './resolve-variables.ts';

const scopes = {
  variables: { Branch: 'main', Tricky: '#{variables.Branch}' },
  'Source-1': { CommitId: 'abc' },
  codepipeline: { PipelineExecutionId: 'e1' },
};

describe('resolveVariables', () => {
  it.each([
    ['#{variables.Branch}', 'main', []],
    ['a-#{Source-1.CommitId}-#{codepipeline.PipelineExecutionId}', 'a-abc-e1', []],
    ['#{variables.Tricky}', '#{variables.Branch}', []],
    ['#{variables.branch}', '#{variables.branch}', ['variables.branch']],
    ['#{variables.constructor}', '#{variables.constructor}', ['variables.constructor']],
    ['#{__proto__.x} #{odd}', '#{__proto__.x} #{odd}', ['__proto__.x', 'odd']],
    ['$' + '{NOT} #NOT {NOT}', '$' + '{NOT} #NOT {NOT}', []],
  ])('%s → %s', (text, expected, unknown) => {
    expect(resolveVariables(text, scopes)).toEqual({ text: expected, unknown });
  });
});
