import { CodedError } from '@gitsource/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTION_CONFIGURATION_KEYS, parseActionConfiguration } from './action-configuration.ts';

const MINIMUM = { GitUrl: 'https://git.example.com/team/app.git', Branch: 'main' };

describe('parseActionConfiguration', () => {
  it('needs a URL and a branch, and has a default for the rest', () => {
    expect(parseActionConfiguration(MINIMUM)).toMatchObject({
      gitUrl: { kind: 'https', repositoryPath: 'team/app' },
      ref: { text: 'main' },
      outputArtifactFormat: 'CODE_ZIP',
      submodules: 'none',
      gitLfs: false,
      paths: [],
      fetchMethod: 'auto',
    });
    expect(parseActionConfiguration(MINIMUM)).not.toHaveProperty('credentialsSecret');
  });

  it('takes an empty value for an unset one', () => {
    const empty = {
      CredentialsSecret: '',
      OutputArtifactFormat: '',
      Submodules: ' ',
      GitLfs: '',
      Paths: '',
      FetchMethod: '',
    };

    expect(parseActionConfiguration({ ...MINIMUM, ...empty })).toEqual(parseActionConfiguration(MINIMUM));
  });

  it('reads every key', () => {
    const all = {
      ...MINIMUM,
      CredentialsSecret: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:gitsource/team-AbCdEf',
      OutputArtifactFormat: 'FULL_CLONE',
      Submodules: 'recursive',
      GitLfs: 'true',
      Paths: ' services/api/ , ./libs,services/api',
      FetchMethod: 'clone',
    };

    expect(parseActionConfiguration(all)).toMatchObject({
      credentialsSecret: all.CredentialsSecret,
      outputArtifactFormat: 'FULL_CLONE',
      submodules: 'recursive',
      gitLfs: true,
      paths: ['services/api', 'libs'],
      fetchMethod: 'clone',
    });
  });

  it('names all problems at once, with the values and what is allowed', () => {
    const read = () =>
      parseActionConfiguration({
        GitUrl: 'file:///x',
        Submodules: 'yes',
        GitLfs: 'True',
        Paths: '../x',
        Brunch: 'main',
      });

    for (const part of [
      'GitUrl: The Git URL "file:///x"',
      'Branch is missing',
      'Submodules "yes" must be one of none, direct, recursive',
      'GitLfs "True" must be one of false, true',
      'Paths has "../x"',
      '"Brunch" is not a key of this action (known: GitUrl, Branch',
    ]) {
      expect(read).toThrow(part);
    }
  });

  it('takes an archive for the tree of a commit, and names every key that asks for more', () => {
    const archive = { ...MINIMUM, CredentialsSecret: 'gitsource/team', FetchMethod: 'archive' };
    const plain = { OutputArtifactFormat: 'CODE_ZIP', Submodules: 'none', GitLfs: 'false', Paths: '' };
    expect(parseActionConfiguration({ ...archive, ...plain }).fetchMethod).toBe('archive');

    const more = { OutputArtifactFormat: 'FULL_CLONE', Submodules: 'direct', GitLfs: 'true', Paths: 'a' };
    expect(() => parseActionConfiguration({ ...archive, ...more })).toThrow(
      'excludes OutputArtifactFormat "FULL_CLONE", Submodules "direct", GitLfs "true", Paths: leave that out, or set FetchMethod to "clone"',
    );
    for (const [key, value] of Object.entries(more)) {
      expect(() => parseActionConfiguration({ ...archive, [key]: value })).toThrow(`excludes ${key}`);
    }
  });

  it('gives a configuration or a coded error for any values', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('true', 'none', 'main', MINIMUM.GitUrl));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...ACTION_CONFIGURATION_KEYS), value), (configuration) => {
        try {
          expect(parseActionConfiguration(configuration).gitUrl.text).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError);
        }
      }),
    );
  });
});
