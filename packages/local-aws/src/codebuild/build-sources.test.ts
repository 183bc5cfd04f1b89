import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { type BuildHandover, buildHandovers } from '../codepipeline/build-handover.ts';
import { extractZip } from '../files/extract-zip.ts';
import { BuildAccount, buildspec, USUAL } from './test/build-account.ts';

let account: BuildAccount;
let token = 0;

beforeAll(async () => {
  account = await BuildAccount.open();
  await account.call('s3', 'CreateBucket', { Bucket: 'artifacts' });
});

afterAll(async () => {
  await account.close();
});

beforeEach(() => {
  token += 1;
});

interface ZipItem {
  readonly text: string;
  readonly mode?: number;
}

async function put(key: string, items: Readonly<Record<string, ZipItem>>): Promise<void> {
  const zip = new ZipFile();
  for (const [name, { text, mode = 0o100644 }] of Object.entries(items))
    zip.addBuffer(Buffer.from(text), name, { mode });
  zip.end();
  const Body = Buffer.concat(await Readable.from(zip.outputStream).toArray());
  await account.call('s3', 'PutObject', { Bucket: 'artifacts', Key: key, Body });
}

async function get(key: string): Promise<Buffer> {
  const { Body } = await account.call<{ Body: Readable }>('s3', 'GetObject', { Bucket: 'artifacts', Key: key });
  return Buffer.concat(await Body.toArray());
}

/** Names in a zip, links with their target. */
async function unzipped(zip: Buffer): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'unzipped-'));
  await extractZip(zip, folder);
  const names = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    return entry.isSymbolicLink() ? `${entry.name} -> ${readlinkSync(join(folder, entry.name))}` : entry.name;
  });
  rmSync(folder, { recursive: true });
  return names.toSorted();
}

const PIPELINE = { source: { type: 'CODEPIPELINE' as const }, artifacts: { type: 'CODEPIPELINE' as const } };

function handOver(over: Partial<BuildHandover> = {}): string {
  const idempotencyToken = `run-${token}`;
  buildHandovers(account.aws.cloud).set(idempotencyToken, {
    inputArtifacts: [{ name: 'Source', bucket: 'artifacts', key: 'p/Source/1' }],
    primarySource: 'Source',
    outputArtifacts: [],
    environmentVariables: [],
    pipelineName: 'p',
    pipelineExecutionId: 'e',
    actionExecutionId: idempotencyToken,
    initiator: 'codepipeline/p',
    resolvedSourceVersion: 'c0ffee',
    ...over,
  });
  return idempotencyToken;
}

describe('sources', { timeout: 30_000 }, () => {
  it('come from S3 with executable bits and symlinks, with the buildspec among them', async () => {
    await put('code.zip', {
      'buildspec.yml': { text: buildspec('./bin/run', 'cat link', 'test -L link && echo is-link') },
      'bin/run': { text: '#!/bin/sh\necho ran\n', mode: 0o100755 },
      link: { text: 'file', mode: 0o120777 },
      file: { text: 'content\n' },
    });
    await account.project('from-s3', '', { source: { type: 'S3', location: 'artifacts/code.zip' } });

    const build = await account.run('from-s3');

    expect(build.buildStatus).toBe('SUCCEEDED');
    expect(await account.lines(build)).toEqual(['ran', 'content', 'is-link']);
    expect(account.calls()).toContainEqual(
      expect.objectContaining({ caller: 'role/from-s3-role', service: 's3', action: 'GetObject' }),
    );
  });

  it('are read with the permissions of the role alone', async () => {
    await put('forbidden.zip', { a: { text: 'a' } });
    const serviceRole = await account.role('no-s3', USUAL.slice(0, 1));
    const source = { type: 'S3' as const, location: 'artifacts/forbidden.zip', buildspec: buildspec('true') };
    await account.project('forbidden', '', { serviceRole, source });

    const build = await account.run('forbidden');

    expect(build.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED')).toMatchObject({
      phaseType: 'DOWNLOAD_SOURCE',
      contexts: [{ statusCode: 'CLIENT_ERROR', message: expect.stringContaining('s3:GetObject') }],
    });
  });

  it.each([
    ['has no buildspec', 'empty.zip', 'YAML_FILE_ERROR'],
    ['is not there', 'missing.zip', 'CLIENT_ERROR'],
    ['is no zip', 'text.zip', 'CLIENT_ERROR'],
  ])('fail a build whose source %s', async (_what, key, statusCode) => {
    await put('empty.zip', { a: { text: 'a' } });
    await account.call('s3', 'PutObject', { Bucket: 'artifacts', Key: 'text.zip', Body: Buffer.from('text') });
    await account.project(`bad-${key.split('.')[0]}`, '', { source: { type: 'S3', location: `artifacts/${key}` } });

    const build = await account.run(`bad-${key.split('.')[0]}`);

    const failed = build.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED');
    expect(failed).toMatchObject({ phaseType: 'DOWNLOAD_SOURCE', contexts: [{ statusCode }] });
  });
});

describe('a build of a pipeline', { timeout: 30_000 }, () => {
  it('gets its input artifacts, variables and commit, and puts its output artifact', async () => {
    const text = `
version: 0.2
env:
  exported-variables: [RESULT]
phases:
  build:
    commands:
      - mkdir -p out/deep && cat "$CODEBUILD_SRC_DIR_Other/other" > out/deep/a.txt
      - echo skip > out/skip.log && printf '#!/bin/sh' > out/run && chmod +x out/run
      - echo "$STAGE $CODEBUILD_RESOLVED_SOURCE_VERSION $CODEBUILD_INITIATOR"
      - export RESULT=done
artifacts:
  base-directory: out
  files: ['**/*']
  exclude-paths: ['*.log']
`;
    await put('p/Source/1', { 'buildspec.yml': { text } });
    await put('p/Other/1', { other: { text: 'of the other' } });
    await account.project('piped', '', PIPELINE);
    const inputArtifacts = ['Source', 'Other'].map((name) => ({ name, bucket: 'artifacts', key: `p/${name}/1` }));
    const outputArtifacts = [{ name: 'Out', bucket: 'artifacts', key: 'p/Out/1' }];
    const environmentVariables = [{ name: 'STAGE', value: 'test', type: 'PLAINTEXT' as const }];

    const build = await account.run('piped', {
      idempotencyToken: handOver({ inputArtifacts, outputArtifacts, environmentVariables }),
    });

    expect(build).toMatchObject({
      buildStatus: 'SUCCEEDED',
      initiator: 'codepipeline/p',
      resolvedSourceVersion: 'c0ffee',
      exportedEnvironmentVariables: [{ name: 'RESULT', value: 'done' }],
      artifacts: { location: 'arn:aws:s3:::artifacts/p/Out/1' },
    });
    expect(await account.lines(build)).toEqual(['test c0ffee codepipeline/p']);
    const zip = await get('p/Out/1');
    await account.call('s3', 'PutObject', { Bucket: 'artifacts', Key: 'out.zip', Body: zip });
    const source = { type: 'S3' as const, location: 'artifacts/out.zip' };
    const commands = buildspec('find . -type f | sort', 'cat deep/a.txt', 'test -x run');
    await account.project('reads-output', '', { source: { ...source, buildspec: commands } });
    const reader = await account.run('reads-output');
    expect(reader.buildStatus).toBe('SUCCEEDED');
    expect(await account.lines(reader)).toEqual(['./deep/a.txt', './run', 'of the other']);
  });

  it('fails where the buildspec has no files for the output artifact', async () => {
    await put('p/Source/1', { 'buildspec.yml': { text: buildspec('true') } });
    await account.project('no-output', '', PIPELINE);
    const outputArtifacts = [{ name: 'Out', bucket: 'artifacts', key: 'p/Out/2' }];

    const build = await account.run('no-output', { idempotencyToken: handOver({ outputArtifacts }) });

    expect(build.buildStatus).toBe('FAILED');
    expect(build.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED')).toMatchObject({
      phaseType: 'UPLOAD_ARTIFACTS',
      contexts: [{ statusCode: 'CLIENT_ERROR', message: expect.stringContaining('artifacts.files') }],
    });
  });

  it('puts one zip per output artifact, and needs the key of the store for it', async () => {
    const text = `
version: 0.2
phases: { build: { commands: [echo a > a, ln -s a link] } }
artifacts:
  secondary-artifacts:
    First: { files: [a, link], enable-symlinks: yes }
    Second: { files: ['*'], name: second, discard-paths: no }
`;
    await put('p/Source/1', { 'buildspec.yml': { text } });
    const { KeyMetadata } = await account.call<{ KeyMetadata: { Arn: string } }>('kms', 'CreateKey', {});
    const useKey = {
      Effect: 'Allow',
      Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
      Resource: KeyMetadata.Arn,
    } as const;
    await account.project('two', '', { ...PIPELINE, serviceRole: await account.role('two', [...USUAL, useKey]) });
    await account.project('keyless', '', PIPELINE);
    const outputArtifacts = ['First', 'Second'].map((name) => ({ name, bucket: 'artifacts', key: `p/${name}/1` }));
    const idempotencyToken = handOver({ outputArtifacts, encryptionKey: KeyMetadata.Arn });

    const [two, keyless] = [
      await account.run('two', { idempotencyToken }),
      await account.run('keyless', { idempotencyToken }),
    ];

    expect(two.buildStatus).toBe('SUCCEEDED');
    const first = await unzipped(await get('p/First/1'));
    expect(first).toEqual(['a', 'link -> a']);
    expect(await unzipped(await get('p/Second/1'))).toEqual(['a', 'buildspec.yml', 'link']);
    expect(keyless.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED')).toMatchObject({
      phaseType: 'UPLOAD_ARTIFACTS',
      contexts: [{ statusCode: 'CLIENT_ERROR', message: expect.stringContaining('kms:GenerateDataKey') }],
    });
  });

  it('is not started by anyone else', async () => {
    await account.project('piped-only', '', PIPELINE);

    await expect(account.start('piped-only')).rejects.toMatchObject({ name: 'InvalidInputException' });
  });
});

describe('unzipping', () => {
  it('refuses a link through a link', async () => {
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from('/tmp'), 'a', { mode: 0o120777 });
    zip.addBuffer(Buffer.from('x'), 'a/b', { mode: 0o120777 });
    zip.end();
    const bytes = Buffer.concat(await Readable.from(zip.outputStream).toArray());

    await expect(extractZip(bytes, account.aws.cloud.folder('unzip-test'))).rejects.toThrow('EEXIST');
  });
});
