import { ResourceNotFoundException, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CodedError, parseGitUrl } from '@gitsource/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertConnectionServes, assertConnectionServesApi } from './assert-connection-serves.ts';
import { parseConnection } from './connection.ts';
import { readConnection, readConnectionVersions } from './read-connection.ts';

const BODY = 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmU';
const KEY = `-----BEGIN OPENSSH PRIVATE KEY-----\n${BODY}\n-----END OPENSSH PRIVATE KEY-----\n`;
const parse = (secret: string | object) =>
  parseConnection('gitsource/team', typeof secret === 'string' ? secret : JSON.stringify(secret));

describe('parseConnection', () => {
  it.each([KEY, KEY.trimEnd(), KEY.replaceAll('\n', '\r\n'), `\uFEFF\n ${KEY}\n\n`])(
    'reads a pasted key %#',
    (text) => {
      expect(parse(text)).toEqual({ name: 'gitsource/team', provider: 'generic', sshPrivateKey: KEY });
    },
  );

  it('reads JSON, a token as the password', () => {
    expect(parse({ host: 'git.example.com', token: 't0ken', knownHosts: 'git.example.com ssh-ed25519 AAAA' })).toEqual({
      name: 'gitsource/team',
      provider: 'generic',
      host: 'git.example.com',
      password: 't0ken',
      knownHosts: 'git.example.com ssh-ed25519 AAAA',
    });
  });

  it.each(['hunter2', '', 'ssh-ed25519 AAAAC3 me@host', KEY.slice(0, 50)])('refuses %j as a key', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'runtime/secret-not-a-key' }));
  });

  it('names all problems of a JSON at once and shows no value', () => {
    const wrong = {
      host: 'https://git.example.com/x',
      password: 'hunter2-a',
      token: 'hunter2-b',
      knownhosts: 'hunter2-c',
    };
    const read = () => parse({ ...wrong, allowedRepositories: 'hunter2-d', username: 7 });

    for (const part of [
      '"host" must be a host name',
      '"knownhosts" not known',
      'exclude',
      '"allowedRepositories"',
      '"username"',
    ]) {
      expect(read).toThrow(part);
    }
    expect(read).not.toThrow('hunter2');
  });

  it('reads one webhook secret or several, and address ranges', () => {
    const of = (webhook: object) => parse({ host: 'git.example.com', ...webhook });

    expect(of({ webhookSecret: 'one' }).webhookSecrets).toEqual(['one']);
    expect(of({ webhookSecret: ['one', 'two'] }).webhookSecrets).toEqual(['one', 'two']);
    expect(of({ webhookAllowedIps: ['192.0.2.0/24', '2001:db8::1'] }).webhookAllowedIps).toHaveLength(2);
    for (const wrong of [[], [''], '', 7]) expect(() => of({ webhookSecret: wrong })).toThrow('"webhookSecret');
    for (const range of ['192.0.2.0/33', 'git.example.com', '192.0.2/24', '2001:db8::/129']) {
      expect(() => of({ webhookAllowedIps: [range] })).toThrow('must be an address range');
    }
  });

  it("reads an app of GitHub and a consumer of Bitbucket's OAuth", () => {
    const privateKey = '-----BEGIN RSA PRIVATE KEY-----\r\nhunter2\r\n-----END RSA PRIVATE KEY-----';
    const of = (fields: object) => parse({ host: 'git.example.com', ...fields });

    expect(of({ githubApp: { appId: 12, privateKey } }).githubApp).toEqual({
      appId: '12',
      privateKey: '-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\n',
    });
    expect(of({ githubApp: { appId: 'Iv1.ab', installationId: 7, privateKey } }).githubApp).toMatchObject({
      appId: 'Iv1.ab',
      installationId: '7',
    });
    expect(of({ githubApp: { appId: 1, privateKey, checks: true } }).githubApp).toMatchObject({ checks: true });
    expect(of({ oauth: { key: 'k', secret: 's' } }).oauth).toEqual({ key: 'k', secret: 's' });
  });

  it.each([
    [{ githubApp: { appId: 12, privateKey: 'hunter2' } }, '"githubApp.privateKey" must be the whole PEM private key'],
    [{ githubApp: { appId: true, privateKey: KEY } }, '"githubApp.appId" must be the number or text'],
    [{ githubApp: { appId: 1, privatekey: 'hunter2' } }, '"githubApp.privatekey" not known'],
    [{ githubApp: { appId: 1, privateKey: KEY, checks: 'hunter2' } }, '"githubApp.checks" must be boolean'],
    [{ oauth: { key: 'k' } }, '"oauth.secret" must be string and present'],
    [{ oauth: { key: '', secret: 'hunter2' } }, '"oauth.key" must not be empty'],
  ])('names what is wrong in %j', (fields, problem) => {
    const read = () => parse({ host: 'git.example.com', ...fields });

    expect(read).toThrow(problem);
    expect(read).not.toThrow('hunter2');
  });

  it('does not quote a JSON that cannot be parsed', () => {
    expect(() => parse('{"password": "hunter2" oops')).toThrow('is not valid JSON');
    expect(() => parse('{"password": "hunter2" oops')).not.toThrow('hunter2');
  });

  it('gives a connection or a coded error without the content, for any secret', () => {
    const secret = fc.oneof(
      fc.string({ minLength: 12 }),
      fc.json(),
      fc.object().map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(secret, (text) => {
        try {
          expect(parse(text).name).toBe('gitsource/team');
        } catch (error) {
          expect(error).toBeInstanceOf(CodedError);
        }
      }),
    );
  });
});

describe('assertConnectionServes', () => {
  const connection = parse({
    host: 'git.example.com',
    sshPrivateKey: KEY,
    allowedRepositories: ['team/app', 'group/*', 'deep/**'],
  });
  const refusal = (url: string, of = connection) => {
    try {
      assertConnectionServes(of, parseGitUrl(url));
    } catch (error) {
      if (error instanceof CodedError) return error.code;
    }
    return 'served';
  };

  it.each([
    ['git@git.example.com:team/app.git', 'served'],
    ['git@GIT.example.com:group/one.git', 'served'],
    ['ssh://git@git.example.com:2222/deep/er/still.git', 'served'],
    ['git@git.example.com:group/sub/one.git', 'runtime/connection-other-repository'],
    ['git@git.example.com:team/app2.git', 'runtime/connection-other-repository'],
    ['git@evil.example:team/app.git', 'runtime/connection-other-host'],
    ['git@git.example.com.evil.example:team/app.git', 'runtime/connection-other-host'],
    ['https://git.example.com/team/app.git', 'runtime/connection-wrong-kind'],
  ])('answers %s with %s', (url, answer) => {
    expect(refusal(url)).toBe(answer);
  });

  it('binds HTTPS to a port when the host names one, and needs a key for SSH', () => {
    const https = parse({ host: 'git.example.com:8443', token: 't0ken' });

    expect(refusal('https://git.example.com:8443/x.git', https)).toBe('served');
    expect(refusal('https://git.example.com/x.git', https)).toBe('runtime/connection-other-host');
    expect(refusal('ssh://git@git.example.com:8443/x.git', https)).toBe('runtime/connection-wrong-kind');
  });

  it.each([
    ['git@git.example.com:x.git', 'served'],
    ['ssh://git@git.example.com:7999/x.git', 'served'],
    ['ssh://git@ssh.example.com:7999/x.git', 'served'],
    ['git@ssh.example.com:x.git', 'runtime/connection-other-host'],
    ['ssh://git@ssh.example.com:2222/x.git', 'runtime/connection-other-host'],
    ['ssh://git@evil.example:7999/x.git', 'runtime/connection-other-host'],
    ['https://ssh.example.com:7999/x.git', 'runtime/connection-other-host'],
    ['https://ssh.example.com/x.git', 'runtime/connection-other-host'],
  ])('with a host of its own for SSH, whose port counts, answers %s with %s', (url, answer) => {
    const both = parse({
      host: 'git.example.com:8443',
      sshHost: 'ssh.example.com:7999',
      token: 't',
      sshPrivateKey: KEY,
    });

    expect(refusal(url, both)).toBe(answer);
  });

  it('asks for the path that it is given in place of that of the URL', () => {
    const url = parseGitUrl('ssh://git@git.example.com:7999/team/app.git');
    const of = parse({ host: 'git.example.com', sshPrivateKey: KEY, allowedRepositories: ['TEAM/*'] });

    expect(() => assertConnectionServes(of, url, 'TEAM/app')).not.toThrow();
    expect(() => assertConnectionServes(of, url)).toThrow('does not allow the repository team/app');
    expect(() => assertConnectionServes(of, url, 'OTHER/app')).toThrow('does not allow the repository OTHER/app');
  });
});

describe('assertConnectionServesApi', () => {
  const connection = parse({ host: 'git.example.com:8443', token: 't0ken', allowedRepositories: ['team/*'] });

  it.each([
    ['https://git.example.com:8443/team/app.git', 'served'],
    ['https://git.example.com/team/app.git', 'runtime/connection-other-host'],
    ['git@git.example.com:team/app.git', 'served'],
    ['ssh://git@git.example.com:7999/team/app.git', 'served'],
    ['ssh://git@git2.example.com:8443/team/app.git', 'runtime/connection-other-host'],
    ['git@git.example.com:other/app.git', 'runtime/connection-other-repository'],
  ])('answers %s with %s', (url, answer) => {
    const ask = () => assertConnectionServesApi(connection, parseGitUrl(url));

    if (answer === 'served') expect(ask).not.toThrow();
    else expect(ask).toThrow(expect.objectContaining({ code: answer }));
  });
});

describe('readConnectionVersions', () => {
  const secret = (host: string) => JSON.stringify({ host, webhookSecret: host });
  const keeping = (versions: { AWSCURRENT: string; AWSPREVIOUS?: string }) => ({
    send: async (command: { input: { VersionStage?: 'AWSPREVIOUS' } }) => {
      const SecretString = versions[command.input.VersionStage ?? 'AWSCURRENT'];
      if (SecretString === undefined) throw new ResourceNotFoundException({ message: 'no', $metadata: {} });
      return { SecretString };
    },
  });
  const read = (versions: { AWSCURRENT: string; AWSPREVIOUS?: string }) =>
    readConnectionVersions(keeping(versions) as Pick<SecretsManagerClient, 'send'>, 'gitsource/team');

  it('reads the version before, where there is one that can be read', async () => {
    await expect(read({ AWSCURRENT: secret('a'), AWSPREVIOUS: secret('b') })).resolves.toMatchObject({
      current: { webhookSecrets: ['a'] },
      previous: { webhookSecrets: ['b'] },
    });
    await expect(read({ AWSCURRENT: secret('a') })).resolves.not.toHaveProperty('previous');
    await expect(read({ AWSCURRENT: secret('a'), AWSPREVIOUS: 'oops' })).resolves.not.toHaveProperty('previous');
    await expect(read({ AWSCURRENT: 'oops', AWSPREVIOUS: secret('b') })).rejects.toMatchObject({
      code: 'runtime/secret-not-a-key',
    });
  });
});

describe('readConnection', () => {
  const failing = (error: Error): Pick<SecretsManagerClient, 'send'> => ({
    send: () => Promise.reject(error),
  });

  it.each([
    [new ResourceNotFoundException({ message: 'no', $metadata: {} }), 'runtime/secret-missing', 'configuration'],
    [
      Object.assign(new Error('no'), { name: 'AccessDeniedException', $metadata: {} }),
      'runtime/secret-denied',
      'permission',
    ],
    [
      Object.assign(new Error('kms'), { name: 'DecryptionFailure', $metadata: {} }),
      'runtime/secret-denied',
      'permission',
    ],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'runtime/secret-unavailable', 'unavailable'],
  ])('classifies %s', async (error, code, fault) => {
    await expect(readConnection(failing(error), 'gitsource/team')).rejects.toMatchObject({ code, fault });
  });
});
