import { describe, expect, it } from 'vitest';
import { readEnv } from './environment.ts';
import { redactFields, redactText } from './redact.ts';

describe('redactText', () => {
  it.each([
    'fatal: https://me:hunter2hunter2@host/x',
    '-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2hunter2\n-----END OPENSSH PRIVATE KEY-----',
    'Authorization: Bearer hunter2hunter2',
    '"secretAccessKey":"hunter2hunter2"',
    'AWS_SESSION_TOKEN=hunter2hunter2',
  ])('hides the secret in %j', (text) => {
    expect(redactText(text)).not.toContain('hunter2');
  });

  it('leaves ordinary text alone', () => {
    expect(redactText('Fetched main of git@host:x.git')).toBe('Fetched main of git@host:x.git');
  });
});

describe('redactFields', () => {
  it('hides values of secret names at any depth, and describes errors', () => {
    const cause = new Error('at https://me:hunter2@host/');
    const fields = redactFields({
      jobId: 'j',
      nonce: 'hunter2',
      deep: { password: 'hunter2' },
      secretName: 's',
      error: cause,
    });

    expect(JSON.stringify(fields)).not.toContain('hunter2');
    expect(fields).toMatchObject({ jobId: 'j', secretName: 's', error: { name: 'Error' } });
  });
});

describe('readEnv', () => {
  const spec = {
    NAME: { kind: 'text', meaning: 'a name' },
    COUNT: { kind: 'integer', meaning: 'a number', optional: true },
    ON: { kind: 'boolean', meaning: 'a switch', optional: true },
  } as const;

  it('reads each kind, and an empty string as unset', () => {
    expect(readEnv(spec, { NAME: '007', COUNT: '7', ON: 'false' })).toEqual({ NAME: '007', COUNT: 7, ON: false });
    expect(readEnv(spec, { NAME: 'x', COUNT: '' })).toEqual({ NAME: 'x', COUNT: undefined, ON: undefined });
  });

  it('names all problems in one message, without values', () => {
    expect(() => readEnv(spec, { NAME: '', COUNT: 'hunter2', ON: 'yes' })).toThrow(
      'NAME is not set (a name); COUNT is not a whole number (a number); ON is not true or false (a switch).',
    );
  });
});
