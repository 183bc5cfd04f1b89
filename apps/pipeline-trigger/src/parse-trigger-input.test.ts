import { CodedError } from '@gitsource/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gitEvent } from '../test/git-event.ts';
import { parseTriggerInput } from './parse-trigger-input.ts';

const EVENT = gitEvent();

describe('parseTriggerInput', () => {
  it('reads name, patterns and event', () => {
    const input = { pipelineName: 'app', pathIncludes: ['src/*'], pathExcludes: ['*.md', 'a'], event: EVENT };

    expect(parseTriggerInput(input)).toEqual({
      pipelineName: 'app',
      filter: { includes: [['src/', '']], excludes: [['', '.md'], ['a']], allowForks: false },
      event: EVENT,
    });
  });

  it('takes missing lists and empty patterns for no filter', () => {
    const none = { includes: [], excludes: [], allowForks: false };

    expect(parseTriggerInput({ pipelineName: 'app', event: EVENT }).filter).toEqual(none);
    expect(
      parseTriggerInput({ pipelineName: 'app', pathIncludes: [''], pathExcludes: [''], event: EVENT }).filter,
    ).toEqual(none);
  });

  it.each([
    ['no object', 'app', 'pipeline-trigger/input-invalid', /input: /],
    ['no name', { event: EVENT }, 'pipeline-trigger/input-invalid', /pipelineName: /],
    ['a name that is none', { pipelineName: 'a b', event: EVENT }, 'pipeline-trigger/input-invalid', /pipelineName/],
    [
      'a misspelt filter',
      { pipelineName: 'app', pathInclude: ['src/*'], event: EVENT },
      'pipeline-trigger/input-invalid',
      /pathInclude/,
    ],
    [
      'a text for a list',
      { pipelineName: 'app', pathIncludes: 'src/*', event: EVENT },
      'pipeline-trigger/input-invalid',
      /pathIncludes: .*InputTransformer/,
    ],
    [
      'two stars',
      { pipelineName: 'app', pathExcludes: ['src/**'], event: EVENT },
      'pipeline-trigger/path-pattern-invalid',
      /src\/\*\*/,
    ],
    ['no event', { pipelineName: 'app' }, 'events/event-invalid', /no Git event/],
    ['a whole EventBridge event', { pipelineName: 'app', event: { detail: EVENT } }, 'events/event-invalid', /ref: /],
  ])('refuses %s', (_name, input, code, message) => {
    const parse = () => parseTriggerInput(input);

    expect(parse).toThrow(expect.objectContaining({ code, retryable: false }));
    expect(parse).toThrow(message);
  });

  it('gives an input or a coded error for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, event) => {
        expect(() => parseTriggerInput(value)).toThrow(CodedError);
        expect(() => parseTriggerInput({ pipelineName: 'app', event })).toThrow(CodedError);
      }),
    );
  });
});
