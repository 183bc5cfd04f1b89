import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SSMClient } from '@aws-sdk/client-ssm';
import { parseGitUrl } from '@gitsource/events';
import { StepLog } from '@gitsource/lanes';
import { readLaneNote, writeLaneNote } from '@gitsource/lanes/dispatch';
import { type LocalAws, startLocalAws } from '@gitsource/local-aws';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetShrunk } from './forget-shrunk.ts';

const PATH = '/gitsource/stack/lanes';
const gitUrl = parseGitUrl('https://git.example.com/team/app.git');
const never = (problem: string) => expect(problem).toBe('');

let folder: string;
let aws: LocalAws;
let ssm: SSMClient;
let lines: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forget-shrunk-'));
  aws = await startLocalAws({ dataFolder: folder, services: ['ssm', 'sts', 'iam', 'kms'] });
  const { region, credentials, endpointUrl: endpoint } = aws;
  ssm = new SSMClient({ region, credentials, endpoint, maxAttempts: 1 });
});

afterAll(async () => {
  ssm.destroy();
  await aws.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  lines = [];
});

const learn = (bytes: number) =>
  writeLaneNote({ ssm, path: PATH }, gitUrl, { why: 'too little memory', bytes, nowMs: Date.now() }, never);
const learnt = () => readLaneNote({ ssm, path: PATH }, gitUrl, Date.now(), never);
const forget = (artifactBytes: number, client: Pick<SSMClient, 'send'> = ssm) => {
  const log = new StepLog((line) => lines.push(line), Date.now);
  return forgetShrunk({ ssm: client, log, now: Date.now }, PATH, { gitUrl, packBytes: 0, artifactBytes });
};

describe('forgetShrunk', () => {
  it('forgets a repository whose artifact is half of what was too much, and says so', async () => {
    await learn(1000);

    await forget(501);
    expect(await learnt()).toMatchObject({ bytes: 1000 });
    expect(lines).toEqual([]);

    await forget(500);
    expect(await learnt()).toBeUndefined();
    expect(lines).toEqual([expect.stringContaining('has shrunk')]);
  });

  it('keeps what was not learnt of a size, and what it knows nothing new of', async () => {
    await learn(0);
    await forget(1);
    expect(await learnt()).toMatchObject({ bytes: 0 });

    await learn(1000);
    await forget(0);
    expect(await learnt()).toMatchObject({ bytes: 1000 });
  });

  it('is no failure where there is no note, or no answer', async () => {
    await learn(1000);
    await forget(1);
    lines.length = 0;

    await forget(1);
    expect(lines).toEqual([]);

    const { region, credentials } = aws;
    await forget(1, new SSMClient({ region, credentials, endpoint: 'http://127.0.0.1:9', maxAttempts: 1 }));
    expect(lines).toEqual([expect.stringContaining("The lane's note cannot be read")]);
  });
});
