import { readdirSync } from 'node:fs';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { deliverPush } from '@gitsource/lanes';
import { commitFiles, generateKeyPair, type LocalRepository, putLfsObject, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JobFixture, SOURCES } from '../../../packages/lanes/test/job-fixture.ts';
import { readConfig } from './config.ts';
import { SourceCloneError } from './errors.ts';
import { gitWay } from './git-way.ts';

const PASSWORD = 's3cret pass-word';

let fixture: JobFixture;
let repositories = 0;
let app: LocalRepository;

beforeAll(async () => {
  fixture = await JobFixture.start(gitWay());
  fixture.git.allowUser('ada', PASSWORD);
  const key = generateKeyPair();
  fixture.git.allowKey(key.publicKey);
  const { caCertificate } = fixture.git.https;
  const connection = { host: '127.0.0.1', username: 'ada', password: PASSWORD, caCertificate };
  fixture.secrets.set('good', JSON.stringify(connection));
  fixture.secrets.set('wrong', JSON.stringify({ ...connection, password: 'other' }));
  fixture.secrets.set('elsewhere', JSON.stringify({ ...connection, host: 'git.example.com' }));
  const { knownHosts } = fixture.git.ssh;
  const ssh = { host: '127.0.0.1', sshPrivateKey: key.privateKey, knownHosts };
  fixture.secrets.set('key', JSON.stringify(ssh));
  fixture.secrets.set('wrong-key', JSON.stringify({ ...ssh, sshPrivateKey: generateKeyPair().privateKey }));
  fixture.secrets.set(
    'other-host-key',
    JSON.stringify({ ...ssh, knownHosts: knownHosts.replace('127.0.0.1', '127.0.0.2') }),
  );
});

afterAll(() => fixture.close());

beforeEach(async () => {
  fixture.lines.length = 0;
  app = await fixture.git.createRepository(`team/app${repositories++}`);
});

/** One build, as the rule starts it. */
function deliver(over: Record<string, string> = {}, ports = fixture.pushPorts) {
  const environment = {
    PUSH_REPOSITORY_PATH: app.name,
    PUSH_GIT_URL: app.httpsUrl,
    PUSH_REF: 'refs/heads/main',
    PUSH_DELIVERY_ID: 'd-1',
    OUTPUT_BUCKET: SOURCES,
    CONNECTION_SECRET: 'good',
    ...over,
  };
  const config = readConfig(environment);
  if (config.kind !== 'push') throw new Error('not a push');
  return deliverPush(ports, config.settings, config.push);
}

const commit = (text: string, branch = 'main') =>
  commitFiles(app.folder, branch, { message: text, files: { 'a.txt': text } });

const source = (folder = 'main') => fixture.source(`${app.name}/${folder}/${app.name.replace('/', '_')}.zip`);

describe('deliverPush', () => {
  it('brings the newest commit of the ref into the bucket, and says so in the metadata', async () => {
    const pushed = await commit('one');
    const newest = await commit('two');

    expect(await deliver({ PUSH_COMMIT: pushed })).toBe('uploaded');

    expect(await source()).toEqual({
      metadata: { commit: newest, ref: 'refs/heads/main', repository: app.name, host: '127.0.0.1', delivery: 'd-1' },
      files: { 'a.txt': 'two' },
    });
    expect(fixture.lines.join('\n')).toMatch(/Fetching refs\/heads\/main.*\n.*Fetched.*\n.*Uploaded.*\n.*is .* now$/);
    expect(fixture.lines.join('\n')).not.toContain(PASSWORD);
    expect(readdirSync(fixture.scratch)).toEqual([]);
  });

  it('uploads a commit once, however often it is told', async () => {
    await commit('one');
    await deliver();

    expect(await deliver({ PUSH_DELIVERY_ID: 'd-2' })).toBe('already-there');
    expect((await source()).metadata.delivery).toBe('d-1');
  });

  it('goes over SSH', async () => {
    const sha = await commit('one');

    expect(await deliver({ PUSH_GIT_URL: app.sshUrl, CONNECTION_SECRET: 'key' })).toBe('uploaded');
    expect((await source()).metadata.commit).toBe(sha);
  });

  it.each([
    ['TEAM/*', 'uploaded'],
    ['team/*', 'failed'],
  ])('asks the connection for the path that the event names, not the spelling of its URL: %s', async (allowed, end) => {
    await commit('one');
    const connection = JSON.parse(fixture.secrets.get('key') ?? '{}');
    fixture.secrets.set('spelled', JSON.stringify({ ...connection, allowedRepositories: [allowed] }));
    const PUSH_REPOSITORY_PATH = app.name.replace('team', 'TEAM');

    const pushed = { PUSH_REPOSITORY_PATH, PUSH_GIT_URL: app.sshUrl, CONNECTION_SECRET: 'spelled' };
    expect(await deliver(pushed)).toBe(end);
  });

  it('follows a force push', async () => {
    await commit('one');
    await deliver();
    const aside = await commit('rewritten', 'aside');
    await runGit(app.folder, ['update-ref', 'refs/heads/main', aside]);

    expect(await deliver()).toBe('uploaded');
    expect(await source()).toMatchObject({ metadata: { commit: aside }, files: { 'a.txt': 'rewritten' } });
  });

  it('leaves the last zip of a ref that is gone', async () => {
    const sha = await commit('one');
    await deliver();
    await runGit(app.folder, ['update-ref', '-d', 'refs/heads/main']);

    expect(await deliver()).toBe('ref-missing');
    expect((await source()).metadata.commit).toBe(sha);
    expect(fixture.lines.at(-1)).toContain('refs/heads/main is gone; the last zip stays');
  });

  it('keeps a tag and a branch of one name apart, and takes the commit of an annotated tag', async () => {
    const onBranch = await commit('branch', 'v1');
    const onTag = await commit('tag', 'aside');
    const environment = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' };
    await runGit(app.folder, ['tag', '-a', '-m', 'note', 'v1', onTag], { environment });

    await deliver({ PUSH_REF: 'refs/heads/v1' });
    await deliver({ PUSH_REF: 'refs/tags/v1' });

    expect((await source('v1')).metadata).toMatchObject({ commit: onBranch, ref: 'refs/heads/v1' });
    expect((await source('tags/v1')).metadata).toMatchObject({ commit: onTag, ref: 'refs/tags/v1' });
  });

  it('writes a ref that is not ASCII into the metadata as S3 takes it', async () => {
    await commit('one', 'größe/☃');

    expect(await deliver({ PUSH_REF: 'refs/heads/größe/☃' })).toBe('uploaded');
    expect((await source('größe/☃')).metadata.ref).toBe('refs/heads/gr%C3%B6%C3%9Fe/%E2%98%83');
  });

  it('makes a whole clone where .git is not excluded', async () => {
    const sha = await commit('one');

    await deliver({ EXCLUDE_GIT: 'false' });

    const { files } = await source();
    expect(files['.git/HEAD']).toBe('ref: refs/heads/main\n');
    expect(files['.git/refs/heads/main']).toBe(`${sha}\n`);
  });

  it('brings submodules as files', async () => {
    const part = await fixture.git.createRepository(`${app.name}-part`);
    const submodule = await commitFiles(part.folder, 'main', { message: 'Part', files: { 'p.txt': 'part' } });
    const modules = `[submodule "part"]\n\tpath = part\n\turl = ../${part.name.replace('team/', '')}.git\n`;
    await commitFiles(app.folder, 'main', { message: 'All', files: { '.gitmodules': modules, part: { submodule } } });

    expect(await deliver({ SUBMODULES: 'direct' })).toBe('uploaded');
    expect((await source()).files['part/p.txt']).toBe('part');
  });

  it('connects to the host override, and holds the connection to the host of the event', async () => {
    await commit('one');
    const event = { PUSH_GIT_URL: app.httpsUrl.replace('127.0.0.1', 'git.example.com') };

    expect(await deliver({ ...event, HOST_OVERRIDE: '127.0.0.1', CONNECTION_SECRET: 'elsewhere' })).toBe('uploaded');
    expect(await deliver({ ...event, HOST_OVERRIDE: '127.0.0.1' })).toBe('failed');
    expect(fixture.lines.at(-1)).toContain('[runtime/connection-other-host]');
  });

  it.each([
    ['a wrong password', { CONNECTION_SECRET: 'wrong' }, 'git/authentication-failed'],
    ['a wrong key', { CONNECTION_SECRET: 'wrong-key' }, 'git/authentication-failed'],
    ['an unknown host key', { CONNECTION_SECRET: 'other-host-key' }, 'git/host-key-unknown'],
    ['a missing secret', { CONNECTION_SECRET: 'none' }, 'runtime/secret-missing'],
    ['a secret of another host', { CONNECTION_SECRET: 'elsewhere' }, 'runtime/connection-other-host'],
    ['a missing bucket', { OUTPUT_BUCKET: 'no-such-bucket' }, 'artifact/bucket-missing'],
  ])('fails for %s, with the code in its last line', async (_, over: Record<string, string>, code) => {
    await commit('one');
    const PUSH_GIT_URL = /key/.test(over.CONNECTION_SECRET ?? '') ? app.sshUrl : app.httpsUrl;

    expect(await deliver({ PUSH_GIT_URL, ...over })).toBe('failed');
    expect(fixture.lines.at(-1)).toContain(`[${code}]`);
    expect(fixture.lines.join('\n')).not.toContain(PASSWORD);
  });

  it('tries again what may pass, and is well when it has passed', async () => {
    fixture.pauses.length = 0;
    await commit('one');
    fixture.git.setFault({ kind: 'status', status: 503 });
    const ports = { ...fixture.pushPorts, pause: async () => fixture.git.setFault(undefined) };

    expect(await deliver({}, ports)).toBe('uploaded');
    expect(fixture.lines.join('\n')).toMatch(/Trying again in 3 s: \[git\/[a-z-]+\]/);
  });

  it('gives up after three attempts, and tells the dead-letter queue what was lost and why', async () => {
    fixture.pauses.length = 0;
    const sha = await commit('one');
    fixture.git.setFault({ kind: 'status', status: 503 });
    const DEAD_LETTER_QUEUE_URL = fixture.queueUrl;

    expect(await deliver({ PUSH_COMMIT: sha, DEAD_LETTER_QUEUE_URL })).toBe('failed');
    fixture.git.setFault(undefined);

    expect(fixture.pauses).toEqual([3_000, 15_000]);
    const { Messages = [] } = await fixture.sqs.send(new ReceiveMessageCommand({ QueueUrl: DEAD_LETTER_QUEUE_URL }));
    expect(Messages.map(({ Body = '' }) => JSON.parse(Body))).toEqual([
      {
        code: 'git/server-error',
        message: expect.stringContaining('is failing or throttling'),
        detail: { deliveryId: 'd-1', ref: 'refs/heads/main', after: sha, repository: { path: app.name } },
      },
    ]);
    expect(fixture.lines.at(-1)).toContain('[git/server-error]');
  });

  it('fails for its own reason where the dead-letter queue takes nothing', async () => {
    await commit('one');

    expect(await deliver({ CONNECTION_SECRET: 'none', DEAD_LETTER_QUEUE_URL: `${fixture.queueUrl}-gone` })).toBe(
      'failed',
    );
    expect(fixture.lines.join('\n')).toContain('[runtime/dead-letter-failed]');
    expect(fixture.lines.at(-1)).toContain('[runtime/secret-missing]');
  });

  it('does not take a missing repository for a ref that is gone', async () => {
    expect(await deliver({ PUSH_GIT_URL: app.httpsUrl.replace('app', 'gone') })).toBe('failed');
    expect(fixture.lines.at(-1)).toContain('[git/repository-not-found]');
  });

  it('says that the build was stopped', async () => {
    await commit('one');
    const stop = new AbortController();
    stop.abort(new SourceCloneError('source-clone/interrupted', 'failed', 'The build was stopped.'));

    expect(await deliver({}, { ...fixture.pushPorts, signal: stop.signal })).toBe('failed');
    expect(fixture.lines.at(-1)).toContain('[source-clone/interrupted]');
  });

  it('gives LFS contents', async (context) => {
    if ((await runGit(app.folder, ['lfs', 'version']).catch(() => undefined)) === undefined)
      return context.skip('git-lfs is not installed');
    const pointer = putLfsObject(app.folder, 'large');
    const attributes = '*.bin filter=lfs diff=lfs merge=lfs -text\n';
    await commitFiles(app.folder, 'main', { message: 'l', files: { 'x.bin': pointer, '.gitattributes': attributes } });

    expect(await deliver({ GIT_LFS: 'true' })).toBe('uploaded');
    expect((await source()).files['x.bin']).toBe('large');
  });
});
