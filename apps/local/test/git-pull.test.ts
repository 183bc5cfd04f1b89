import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type GitEvent, objectKeyOf, type Repository } from '@gitsource/events';
import { commitFiles, type LocalRepository, runGit } from '@gitsource/local-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROVIDER_NAMES } from '../../../packages/providers/src/registry.ts';
import { deliver as deliverFixture } from '../../../packages/providers/src/test/fixture.ts';
import { PulledRepository, ZEROS } from './pulled-repository.ts';
import { readCheckout } from './read-checkout.ts';
import { readZip } from './read-zip.ts';
import { type Rehearsal, startEmptyAccount } from './rehearsal.ts';
import { deployGitPull, type SourceStack, WEBHOOK_SECRET } from './source-stack.ts';

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await startEmptyAccount();
}, 60_000);

afterAll(() => rehearsal.close());

const files = {
  'README.md': 'hello\n',
  '.github/workflows/a.yml': 'x\n',
  '.gitignore': 'out/\n',
  'run.sh': { executable: '#!/bin/sh\n' },
  link: { symlink: 'README.md' },
};

// What a push becomes must not depend on the lane; that every provider's pushes get there is a matter of their events, and tried on one.
describe.each(['FUNCTION', 'BUILD', 'BOTH'])('git pull with Lanes %s', (Lanes) => {
  let sources: SourceStack;
  let repository: PulledRepository;

  beforeAll(async () => {
    const { git } = rehearsal;
    const KnownHosts = git.served.knownHosts.trim();
    sources = await deployGitPull(rehearsal, `sources-${Lanes.toLowerCase()}`, { Lanes, KnownHosts });
    git.allowKey(sources.stack.outputs.PublicSSHKey ?? '');
    repository = await createRepository(`team/app-${Lanes.toLowerCase()}`);
  }, 120_000);

  afterAll(() => sources.close());

  async function createRepository(path: string): Promise<PulledRepository> {
    return new PulledRepository(rehearsal, sources, await rehearsal.git.createRepository(path));
  }

  it('keeps the newest commit of a branch and of a tag of the same name, with modes and links', async () => {
    const onBranch = await repository.commit(files, 'v1');
    const onTag = await repository.commit({ a: 'tag\n' }, 'refs/tags/v1');

    const status = await repository.pushAll([
      { ref: 'refs/heads/v1', before: ZEROS, after: onBranch },
      { ref: 'refs/tags/v1', before: ZEROS, after: onTag },
    ]);

    expect(status).toBe(202);
    await repository.waitForCommit(onBranch, 'v1');
    expect(await sources.metadataOf(repository.key('v1'))).toMatchObject({
      ref: 'refs/heads/v1',
      repository: repository.path,
    });
    await repository.waitForCommit(onTag, 'tags/v1');
    const zip = await readZip(await sources.read(repository.key('v1')));
    expect(Object.fromEntries(zip)).toEqual({
      'README.md': { mode: 0o100644, content: 'hello\n' },
      '.github/workflows/a.yml': { mode: 0o100644, content: 'x\n' },
      '.gitignore': { mode: 0o100644, content: 'out/\n' },
      'run.sh': { mode: 0o100755, content: '#!/bin/sh\n' },
      link: { mode: 0o120777, content: 'README.md' },
    });
  }, 60_000);

  it('ends at the newest commit when the deliveries of three pushes come in the wrong order', async () => {
    const commits: string[] = [];
    for (const n of [1, 2, 3]) commits.push(await repository.commit({ n: `${n}\n` }));

    const statuses = await Promise.all(commits.toReversed().map((commit) => repository.push(commit)));

    expect(statuses).toEqual([202, 202, 202]);
    await repository.waitForCommit(commits[2] ?? '');
    await delay(3000);
    expect((await sources.commitsOf(repository.key()))[0]).toBe(commits[2]);
  }, 60_000);

  it('leaves the last zip of a deleted branch, and does nothing for another repository', async () => {
    const before = await sources.commitsOf(repository.key());
    await runGit(repository.folder, ['update-ref', '-d', 'refs/heads/main']);

    expect(await repository.push(ZEROS)).toBe(202);
    const other = await createRepository(`other/app-${Lanes.toLowerCase()}`);
    expect(await other.push('1'.repeat(40))).toBe(200);
    // Or its zip would be put at the key of the one that is served.
    expect(
      await other.pushAll([{ ref: 'refs/heads/main', before: ZEROS, after: '1'.repeat(40) }], repository.path),
    ).toBe(400);
    await delay(1500);
    expect(await sources.commitsOf(repository.key())).toEqual(before);
  }, 60_000);

  it(`says in the log that it was ${Lanes === 'BUILD' ? 'a build' : 'a function'}, and no more than one`, async () => {
    const commit = await repository.commit({ a: 'once\n' }, 'once');

    await repository.push(commit, 'refs/heads/once');

    await repository.waitForCommit(commit, 'once');
    await repository.waitForLine(`/once/.* is ${commit} now`);
    const pulls = (await sources.pullsOf(repository.path)).filter((lines) => lines.join().includes('refs/heads/once'));
    expect(pulls).toHaveLength(1);
    expect((await repository.builds()).length > 0).toBe(Lanes === 'BUILD');
  }, 60_000);
});

/** What the provider's fixture tells. */
function fixtureOf(provider: string, fixture: string) {
  const file = `../../../packages/providers/src/${provider}/fixtures/${fixture}.golden.json`;
  const [change] = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')).changes;
  return { ...(change as Pick<GitEvent, 'ref' | 'refType' | 'refName' | 'repository'>), fixture };
}

/** Fails as soon as a push could not become a zip. */
async function waitForObject(sources: SourceStack, key: string): Promise<void> {
  while ((await sources.commitsOf(key)).length === 0) {
    expect(await sources.deadLetters()).toEqual([]);
    await delay(200);
  }
}

/** Its host has a port for HTTPS, which SSH does not share. */
const HOSTS: Readonly<Record<string, string>> = { 'bitbucket-server': 'git.example.com:8443' };

describe('git pull from every provider, by its own deliveries', () => {
  let served: Readonly<Record<'plain' | 'azure', LocalRepository>>;

  beforeAll(async () => {
    const { git } = rehearsal;
    // As the fixtures' SSH URLs have them.
    const plain = await git.createRepository('acme/shop');
    served = { plain, azure: await git.createRepository('v3/acme/Web Shop/shop') };
  });

  async function deploy(provider: string, { host, path }: Repository): Promise<SourceStack> {
    const { git } = rehearsal;
    const sources = await deployGitPull(rehearsal, `pull-${provider}`, {
      Provider: provider,
      Host: HOSTS[provider] ?? host,
      // As split DNS would: names and ports are those of the deliveries, the server is here.
      HostOverride: new URL(git.served.sshUrl).host,
      KnownHosts: git.served.knownHosts.trim(),
      PublicRepositories: 'true',
      AllowedRepositories: path.replace('Web Shop', '*'),
    });
    git.allowKey(sources.stack.outputs.PublicSSHKey ?? '');
    return sources;
  }

  it.each(PROVIDER_NAMES)(
    'from %s brings branch and tag of its fixtures, as a checkout has them',
    async (provider) => {
      const { folder } = provider === 'azure-devops' ? served.azure : served.plain;
      const [branch, tag] = [fixtureOf(provider, 'branch-update'), fixtureOf(provider, 'tag-create')];
      const sources = await deploy(provider, branch.repository);
      const { GitPullWebHookApi = '' } = sources.stack.outputs;
      for (const { fixture, ref, refType, refName, repository: told } of [branch, tag]) {
        const commit = await commitFiles(folder, ref, { message: `${provider}\n`, files: { ...files, provider, ref } });
        const delivery = await deliverFixture(provider, fixture, WEBHOOK_SECRET, Date.now());
        const request = { method: 'POST', headers: delivery.headers, body: new Uint8Array(delivery.body) };

        expect((await fetch(GitPullWebHookApi, request)).status).toBe(202);

        const key = objectKeyOf({ repository: told, refType, refName });
        await waitForObject(sources, key);
        expect(await sources.metadataOf(key)).toMatchObject({ commit, ref });
        const zip = await readZip(await sources.read(key));
        expect(Object.fromEntries(zip)).toEqual(await readCheckout(folder, commit));
      }
      sources.close();
    },
    90_000,
  );
});
