import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseGitUrl } from '@gitsource/events';
import { commitFiles, generateKeyPair, type LocalRepository } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, hasSsh, startFixture } from '../test/git-fixture.ts';
import { openSshChannel, type SshChannel, type SshChannelRequest } from './ssh-channel.ts';

let fixture: Fixture;
let repository: LocalRepository;

beforeAll(async () => {
  fixture = await startFixture();
  repository = await fixture.server.createRepository('team/app');
  await commitFiles(repository.folder, 'main', { message: 'First', files: { a: 'a' } });
});

afterAll(() => fixture.close());

function open(over: Partial<SshChannelRequest> = {}, path = '/team/app.git'): Promise<SshChannel> {
  return openSshChannel({
    remote: parseGitUrl(repository.sshUrl),
    credentials: fixture.ssh,
    exec: { user: 'git', command: `git-upload-pack '${path}'` },
    workFolder: join(fixture.scratch, 'work'),
    environment: { PATH: process.env.PATH },
    ...over,
  });
}

async function isEmptied(): Promise<boolean> {
  for (let tries = 0; tries < 50; tries++) {
    if (readdirSync(join(fixture.scratch, 'work')).length === 0) return true;
    await sleep(20);
  }
  return false;
}

async function readAll({ chunks }: SshChannel): Promise<string> {
  let text = '';
  for (let step = await chunks.next(); step.done !== true; step = await chunks.next()) {
    text += Buffer.from(step.value).toString();
  }
  return text;
}

describe.skipIf(!hasSsh)('openSshChannel (needs ssh)', () => {
  it('speaks version 2, ends when it is told to, and leaves no credentials behind', async () => {
    const channel = await open();
    const { value } = await channel.chunks.next();
    expect(Buffer.from(value).toString()).toMatch(/^000eversion 2\n/);
    expect(readdirSync(join(fixture.scratch, 'work'))).toEqual([]);

    channel.write('0000');
    await readAll(channel);
    expect(await channel.explainEnd()).toBeUndefined();
    expect(await isEmptied()).toBe(true);
  });

  it('is closed in the middle', async () => {
    const channel = await open();
    await channel.chunks.next();
    channel.close();

    await readAll(channel);
    expect(await isEmptied()).toBe(true);
  });

  it('says what git says of a repository that is not there, and of a key that is refused', async () => {
    const missing = await open({}, '/team/no.git');
    expect(await readAll(missing)).toBe('');
    expect(await missing.explainEnd()).toMatchObject({ code: 'git/repository-not-found' });

    const refused = await open({ credentials: { ...fixture.ssh, privateKey: generateKeyPair().privateKey } });
    await readAll(refused);
    expect(await refused.explainEnd()).toMatchObject({ code: 'git/authentication-failed' });
  });

  it('does not begin what was given up, nor without a known host', async () => {
    const reason = new Error('enough');
    await expect(open({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const { privateKey } = fixture.ssh;
    await expect(open({ credentials: { kind: 'ssh', privateKey } })).rejects.toMatchObject({
      code: 'git/host-key-unknown',
    });
    expect(await isEmptied()).toBe(true);
  });
});

it('says that there is no ssh', async () => {
  const channel = await open({ environment: { PATH: fixture.scratch } });
  await readAll(channel);

  await expect(channel.explainEnd()).rejects.toMatchObject({ code: 'git/ssh-missing' });
});
