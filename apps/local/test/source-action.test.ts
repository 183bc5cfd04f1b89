import { spawnSync } from 'node:child_process';
import { StartPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { HeadObjectCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { commitFiles, generateKeyPair, putLfsObject, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAMPLE_FILES } from '../src/sample-repository.ts';
import { readZip } from './read-zip.ts';
import {
  configureSource,
  createPipeline,
  type EndedExecution,
  type Rehearsal,
  readArtifact,
  startExecution,
  startRehearsal,
  waitForExecution,
} from './rehearsal.ts';

const PIPELINE = 'team-app';
const hasSsh = spawnSync('ssh', ['-V']).status === 0;
const hasGitLfs = spawnSync('git', ['lfs', 'version']).status === 0;

/** Each lane alone, both with the lane chosen; `auto` reads the server's pack where it can, `clone` leaves all to git. */
const LANES = [
  ['FUNCTION', 'auto'],
  ['BOTH', 'auto'],
  ['BUILD', 'auto'],
  ['BUILD', 'clone'],
] as const;

describe.each(LANES)('with Lanes %s and FetchMethod %s', (Lanes, FetchMethod) => {
  const isBuild = Lanes === 'BUILD';
  /** A function brings its own. */
  const lacksSsh = isBuild && !hasSsh;
  let rehearsal: Rehearsal;
  let repository: string;
  let base: Readonly<Record<string, string>>;

  beforeAll(async () => {
    rehearsal = await startRehearsal(undefined, { Lanes });
    repository = rehearsal.git.repository.folder;
    base = {
      GitUrl: rehearsal.git.served.httpsUrl,
      Branch: 'main',
      CredentialsSecret: rehearsal.httpsSecret,
      FetchMethod,
    };
    await createPipeline(rehearsal, PIPELINE, base);
  }, 120_000);

  afterAll(() => rehearsal.close());

  async function run(configuration: Readonly<Record<string, string>>, sourceCommit?: string): Promise<EndedExecution> {
    await configureSource(rehearsal, PIPELINE, configuration);
    return waitForExecution(rehearsal, PIPELINE, await startExecution(rehearsal, PIPELINE, sourceCommit));
  }

  function commit(branch: string, message: string, files: Parameters<typeof commitFiles>[2]['files']): Promise<string> {
    return commitFiles(repository, branch, { message, files });
  }

  describe('the source action, through the shipped templates and zips', () => {
    it('turns the newest commit into the artifact that the Build stage builds, over HTTPS', async () => {
      const sha = await commit('main', 'Say hé\n\nAnd more.\n', { 'greeting.txt': 'hé\n', 'Ünïcode/ß.txt': 'x' });

      const ended = await run(base);

      expect(ended.failureMessage).toBe('');
      expect(ended.status).toBe('Succeeded');
      expect(ended.source?.output?.outputVariables).toMatchObject({
        CommitId: sha,
        BranchName: 'main',
        RefName: 'refs/heads/main',
        CommitMessage: 'Say hé\n\nAnd more.',
        AuthorName: 'Ada Example',
        AuthorEmail: 'ada@example.com',
        FullRepositoryName: 'team/sample',
        GitUrl: base.GitUrl,
      });
      const { externalExecutionSummary } = ended.source?.output?.executionResult ?? {};
      expect(externalExecutionSummary).toMatch(isBuild ? / by build in / : / by function in /);
      const entries = await readZip(await readArtifact(rehearsal, ended));
      expect([...entries.keys()].sort()).toEqual([...Object.keys(SAMPLE_FILES), 'Ünïcode/ß.txt'].sort());
      expect(entries.get('check.sh')?.mode).toBe(0o100755);
      expect(entries.get('latest.txt')).toEqual({ mode: 0o120777, content: 'greeting.txt' });
      expect(ended.build?.status).toBe('Succeeded');
    });

    it.skipIf(lacksSsh)('does the same over SSH (skipped where a build finds no ssh)', async () => {
      const ended = await run({ ...base, GitUrl: rehearsal.git.served.sshUrl, CredentialsSecret: rehearsal.sshSecret });

      expect(ended.failureMessage).toBe('');
      expect(ended.status).toBe('Succeeded');
    });

    it('takes an annotated tag by its full ref and by its short name', async () => {
      const sha = await commit('main', 'Release\n', { 'version.txt': '1' });
      await runGit(repository, ['-c', 'user.name=A', '-c', 'user.email=a@b.c', 'tag', '-a', '-m', 'one', 'v1', sha]);
      await commit('main', 'After the release\n', { 'version.txt': '2' });

      for (const Branch of ['refs/tags/v1', 'v1']) {
        const ended = await run({ ...base, Branch });
        expect(ended.source?.output?.outputVariables).toMatchObject({ CommitId: sha, RefName: 'refs/tags/v1' });
      }
    });

    it('takes a branch with slashes, capitals and umlauts', async () => {
      const sha = await commit('Feature/Größe', 'On a branch\n', SAMPLE_FILES);

      const ended = await run({ ...base, Branch: 'Feature/Größe' });

      expect(ended.source?.output?.outputVariables?.CommitId).toBe(sha);
      expect(ended.status).toBe('Succeeded');
    });

    it('builds the pinned commit, and refuses one that is not on the branch', async () => {
      const pinned = await commit('main', 'To be pinned\n', { 'pin.txt': '1' });
      await commit('main', 'Newer\n', { 'pin.txt': '2' });
      const elsewhere = await commit('elsewhere', 'Not on main\n', SAMPLE_FILES);

      const ended = await run(base, pinned);
      expect(ended.source?.output?.outputVariables?.CommitId).toBe(pinned);

      const refused = await run(base, elsewhere);
      expect(refused.failureType).toBe('RevisionOutOfSync');
      expect(refused.failureMessage).toContain('[git/commit-not-on-ref]');
      expect(refused.failureMessage).toContain(elsewhere);
    });

    it('builds the ref that the start names, at the commit of a tag that is pinned by its own object', async () => {
      const sha = await commit('aside', 'Only under a tag\n', SAMPLE_FILES);
      await runGit(repository, ['-c', 'user.name=A', '-c', 'user.email=a@b.c', 'tag', '-a', '-m', 'x', 'v9', sha]);
      const tag = await runGit(repository, ['rev-parse', 'refs/tags/v9']);
      await configureSource(rehearsal, PIPELINE, base);

      const { pipelineExecutionId = '' } = await rehearsal.clients.codePipeline.send(
        new StartPipelineExecutionCommand({
          name: PIPELINE,
          variables: [
            { name: 'SourceRef', value: 'refs/tags/v9' },
            { name: 'SourceCommit', value: tag },
          ],
        }),
      );
      const ended = await waitForExecution(rehearsal, PIPELINE, pipelineExecutionId);

      expect(ended.status).toBe('Succeeded');
      expect(ended.source?.output?.outputVariables).toMatchObject({
        CommitId: sha,
        BranchName: 'v9',
        RefName: 'refs/tags/v9',
      });
    });

    it('gives a whole clone whose history the Build stage can read', async () => {
      await commit('clone', 'First\n', { 'a.txt': '1' });
      await commit('clone', 'Second\n', {
        'buildspec.yml':
          'version: 0.2\nphases:\n  build:\n    commands:\n      - git status --porcelain\n      - test -z "$(git status --porcelain)"\n      - test "$(git rev-list --count HEAD)" = 2\nartifacts:\n  files: [a.txt]\n',
      });

      const ended = await run({ ...base, Branch: 'clone', OutputArtifactFormat: 'FULL_CLONE' });

      expect(ended.failureMessage).toBe('');
      expect(ended.build?.status).toBe('Succeeded');
      const entries = await readZip(await readArtifact(rehearsal, ended));
      const config = entries.get('.git/config')?.content ?? '';
      expect(config).toContain(base.GitUrl);
      const secrets = [
        rehearsal.git.password,
        Buffer.from(`${rehearsal.git.user}:${rehearsal.git.password}`).toString('base64'),
      ];
      for (const { content } of entries.values()) for (const secret of secrets) expect(content).not.toContain(secret);
    });

    it('takes only the chosen folders', async () => {
      await commit('mono', 'Two services\n', { ...SAMPLE_FILES, 'a/x.txt': '1', 'b/y.txt': '2', 'ab/z.txt': '3' });

      const ended = await run({ ...base, Branch: 'mono', Paths: 'a, b/' });

      const entries = await readZip(await readArtifact(rehearsal, ended));
      expect([...entries.keys()].sort()).toEqual(['a/x.txt', 'b/y.txt']);
    });

    it('takes direct or nested submodules, or none', async () => {
      const server = rehearsal.git.createRepository;
      const inner = await server('team/inner');
      const outer = await server('team/outer');
      const innerSha = await commitFiles(inner.folder, 'main', { message: 'Inner\n', files: { 'inner.txt': 'i' } });
      const outerSha = await commitFiles(outer.folder, 'main', {
        message: 'Outer\n',
        files: {
          'outer.txt': 'o',
          '.gitmodules': `[submodule "inner"]\n\tpath = inner\n\turl = ../inner.git\n`,
          inner: { submodule: innerSha },
        },
      });
      await commit('modules', 'With a submodule\n', {
        ...SAMPLE_FILES,
        '.gitmodules': `[submodule "lib"]\n\tpath = lib\n\turl = ../../team/outer.git\n`,
        lib: { submodule: outerSha },
      });

      const paths = async (Submodules: string) => {
        const ended = await run({ ...base, Branch: 'modules', Submodules });
        expect(ended.failureMessage).toBe('');
        const entries = await readZip(await readArtifact(rehearsal, ended));
        return [...entries.keys()].filter((path) => path.startsWith('lib/')).sort();
      };
      expect(await paths('none')).toEqual([]);
      expect(await paths('direct')).toEqual(['lib/.gitmodules', 'lib/outer.txt']);
      expect(await paths('recursive')).toEqual(['lib/.gitmodules', 'lib/inner/inner.txt', 'lib/outer.txt']);
    });

    it.skipIf(!hasGitLfs || Lanes === 'FUNCTION')(
      'replaces LFS pointers by their content (skipped where git-lfs is not installed, or there is no build to run it)',
      async () => {
        const pointer = putLfsObject(repository, 'large content\n');
        await commit('lfs', 'Large file\n', {
          ...SAMPLE_FILES,
          '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
          'large.bin': pointer,
        });

        const read = async (GitLfs: string) => {
          const ended = await run({ ...base, Branch: 'lfs', GitLfs });
          expect(ended.failureMessage).toBe('');
          return (await readZip(await readArtifact(rehearsal, ended))).get('large.bin')?.content;
        };
        expect(await read('false')).toBe(pointer);
        expect(await read('true')).toBe('large content\n');
      },
    );

    it('encrypts the artifact with the key of the artifact store', async () => {
      const kms = new KMSClient({
        endpoint: rehearsal.aws.endpointUrl,
        region: rehearsal.aws.region,
        credentials: rehearsal.aws.credentials,
      });
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      const name = 'with-key';
      await createPipeline(rehearsal, name, { ...base, ArtifactKmsKeyArn: KeyMetadata?.Arn ?? '' });

      const ended = await waitForExecution(rehearsal, name, await startExecution(rehearsal, name));

      expect(ended.failureMessage).toBe('');
      expect(ended.status).toBe('Succeeded');
      const location = ended.source?.output?.outputArtifacts?.[0]?.s3location;
      const head = await rehearsal.clients.s3.send(
        new HeadObjectCommand({ Bucket: location?.bucket, Key: location?.key }),
      );
      expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyMetadata?.Arn });
    });
  });

  describe('bad input ends in its type and code, naming the value', () => {
    const cases: [string, Record<string, string>, string, string, RegExp][] = [
      [
        'an unknown transport',
        { GitUrl: 'ext::sh -c id' },
        'ConfigurationError',
        'job-protocol/configuration-invalid',
        /ext::/,
      ],
      ['a file URL', { GitUrl: 'file:///etc' }, 'ConfigurationError', 'job-protocol/configuration-invalid', /file:/],
      [
        'an option as host',
        { GitUrl: 'ssh://-oProxyCommand=id/x' },
        'ConfigurationError',
        'job-protocol/configuration-invalid',
        /-oProxyCommand/,
      ],
      [
        'an option as ref',
        { Branch: '--upload-pack=id' },
        'ConfigurationError',
        'job-protocol/configuration-invalid',
        /--upload-pack/,
      ],
      [
        'unknown values, all at once',
        { Submodules: 'all', GitLfs: 'yes' },
        'ConfigurationError',
        'job-protocol/configuration-invalid',
        /all.*yes/s,
      ],
      ['a missing branch, with near names', { Branch: 'mian' }, 'RevisionUnavailable', 'git/ref-missing', /main/],
      [
        'a missing secret',
        { CredentialsSecret: 'gitsource/nobody' },
        'ConfigurationError',
        'runtime/secret-missing',
        /gitsource\/nobody/,
      ],
      [
        'a secret out of reach',
        { CredentialsSecret: 'other/secret' },
        'PermissionError',
        'runtime/secret-denied',
        /other\/secret/,
      ],
      ['a folder that is not there', { Paths: 'nowhere' }, 'ConfigurationError', 'git/path-missing', /nowhere/],
      [
        'an archive of a provider that has none',
        { FetchMethod: 'archive' },
        'ConfigurationError',
        'lanes/provider-without-archive',
        /"generic".*FetchMethod to "clone"/,
      ],
      [
        'an archive with more than a tree',
        { FetchMethod: 'archive', OutputArtifactFormat: 'FULL_CLONE', GitLfs: 'true' },
        'ConfigurationError',
        'job-protocol/configuration-invalid',
        /FULL_CLONE.*GitLfs/,
      ],
    ];

    it.each(cases)('%s', async (_name, configuration, type, code, message) => {
      const ended = await run({ ...base, ...configuration });

      expect(ended.failureMessage).toContain(`[${code}]`);
      expect(ended.failureMessage).toMatch(message);
      expect(ended.failureType).toBe(type);
      expect(ended.status).toBe('Failed');
    });

    it.each([
      ['runtime/secret-not-a-key', 'ConfigurationError', () => 'hunter2'],
      ['runtime/secret-shape-invalid', 'ConfigurationError', () => '{"provider":"gitub","hots":"x"}'],
      [
        'runtime/connection-other-host',
        'PermissionError',
        () => '{"host":"git.example.com","username":"u","password":"p"}',
      ],
      ['git/certificate-unknown', 'PermissionError', () => secretWith({ caCertificate: undefined })],
      ['git/authentication-failed', 'PermissionError', () => secretWith({ password: 'wrong' })],
      [
        'runtime/connection-other-repository',
        'PermissionError',
        () => secretWith({ allowedRepositories: ['other/*'] }),
      ],
    ])('a secret that gives %s', async (code, type, text) => {
      const secret = text();
      const ended = await run({ ...base, CredentialsSecret: await rehearsal.putSecret(secret) });

      expect(ended.failureMessage).toContain(`[${code}]`);
      expect(ended.failureType).toBe(type);
      expect(ended.failureMessage).not.toContain('hunter2');
      expect(ended.failureMessage).not.toContain(rehearsal.git.password);
    });

    function secretWith(change: Readonly<Record<string, unknown>>): string {
      const { git } = rehearsal;
      const { host } = new URL(git.served.httpsUrl);
      return JSON.stringify({
        host,
        username: git.user,
        password: git.password,
        caCertificate: git.caCertificate,
        ...change,
      });
    }

    it.skipIf(lacksSsh).each([
      ['git/host-key-unknown', () => undefined],
      ['git/host-key-changed', () => withAnotherKey(rehearsal.git.served.knownHosts)],
    ])('an SSH server that gives %s (skipped where a build finds no ssh)', async (code, knownHosts) => {
      const { privateKey: sshPrivateKey, served } = rehearsal.git;
      const secret = JSON.stringify({ host: '127.0.0.1', sshPrivateKey, knownHosts: knownHosts() });

      const ended = await run({ ...base, GitUrl: served.sshUrl, CredentialsSecret: await rehearsal.putSecret(secret) });

      expect(ended.failureMessage).toContain(`[${code}]`);
      expect(ended.failureType).toBe('PermissionError');
    });

    function withAnotherKey(line: string): string {
      const [host] = line.split(' ');
      const [kind, key] = generateKeyPair('ed25519').publicKey.split(' ');
      return `${host} ${kind} ${key}\n`;
    }

    it('an empty repository', async () => {
      const empty = await rehearsal.git.createRepository('team/empty');

      const ended = await run({ ...base, GitUrl: empty.httpsUrl });

      expect(ended.failureMessage).toContain('[git/repository-empty]');
      expect(ended.failureType).toBe('RevisionUnavailable');
    });

    it('a symlink that leaves the tree', async () => {
      await commit('escape', 'A link out\n', { ...SAMPLE_FILES, 'out.txt': { symlink: '../../etc/passwd' } });

      const ended = await run({ ...base, Branch: 'escape' });

      expect(ended.failureMessage).toContain('[artifact/symlink-escapes]');
      expect(ended.failureMessage).toContain('out.txt');
      expect(ended.failureType).toBe('JobFailed');
    });

    it('an artifact bucket that refuses the upload', async () => {
      const name = 'no-upload';
      const outputs = await createPipeline(rehearsal, name, base);
      await rehearsal.clients.s3.send(
        new PutBucketPolicyCommand({
          Bucket: outputs.ArtifactBucket,
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Deny',
                Principal: '*',
                Action: 's3:PutObject',
                Resource: `arn:aws:s3:::${outputs.ArtifactBucket}/*`,
              },
            ],
          }),
        }),
      );

      const ended = await waitForExecution(rehearsal, name, await startExecution(rehearsal, name));

      expect(ended.failureMessage).toContain('[artifact/upload-denied]');
      expect(ended.failureType).toBe('PermissionError');
    });
  });
});
