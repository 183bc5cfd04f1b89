import { CodedError, type Fault } from '@gitsource/events';
import { describe, expect, it } from 'vitest';
import { failureDetails } from './failure-details.ts';

function awsError(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error(`says ${name}`), { name, $metadata: { httpStatusCode } });
}

describe('failureDetails', () => {
  it.each<[Fault, string]>([
    ['configuration', 'ConfigurationError'],
    ['permission', 'PermissionError'],
    ['revision-missing', 'RevisionUnavailable'],
    ['revision-moved', 'RevisionOutOfSync'],
    ['unavailable', 'SystemUnavailable'],
    ['failed', 'JobFailed'],
  ])('makes of the fault %s the type %s', (fault, type) => {
    const error = new CodedError('git/example', 'What to do.', { fault });

    expect(failureDetails(error, 'build:1')).toEqual({
      type,
      message: '[git/example] What to do.',
      externalExecutionId: 'build:1',
    });
  });

  it.each([
    ['AccessDeniedException', 400, 'PermissionError'],
    ['ThrottlingException', 400, 'SystemUnavailable'],
    ['InternalServerError', 500, 'SystemUnavailable'],
    ['ValidationException', 400, 'JobFailed'],
  ])('classifies the SDK error %s', (name, status, type) => {
    expect(failureDetails(awsError(name, status))).toMatchObject({ type });
  });

  it('classifies a refused connection and an unknown error', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

    expect(failureDetails(refused).type).toBe('SystemUnavailable');
    expect(failureDetails('a string').message).toContain('[job-protocol/unexpected]');
  });

  it('cuts at 5,000 characters and hides what looks like a secret', () => {
    const error = new CodedError('git/x', `at https://me:pass-word@host/x ${'🙂'.repeat(6000)}`, { fault: 'failed' });

    const { message } = failureDetails(error);

    expect(Array.from(message)).toHaveLength(5000);
    expect(message).not.toContain('pass-word');
  });
});
