import { describe, expect, it } from 'vitest';
import type { ApiConnection } from './archives.ts';
import { locate as azureDevops } from './azure-devops/locate.ts';
import { locate as bitbucketCloud } from './bitbucket-cloud/locate.ts';
import { locate as bitbucketServer } from './bitbucket-server/locate.ts';
import { locate as gitea } from './gitea/locate.ts';
import { locate as github } from './github/locate.ts';
import { locate as gitlab } from './gitlab/locate.ts';
import { splitRepositoryPath } from './repository-place.ts';

const LOCATE = {
  'azure-devops': azureDevops,
  'bitbucket-cloud': bitbucketCloud,
  'bitbucket-server': bitbucketServer,
  gitea,
  github,
  gitlab,
};

function urls(provider: keyof typeof LOCATE, connection: Partial<ApiConnection>, path: string) {
  const place = LOCATE[provider]({ name: 'gitsource/x', ...connection }, splitRepositoryPath(path) ?? []);
  return place && [place.repositoryUrl, place.archiveUrl('SHA').replace(place.repositoryUrl, '…')];
}

const AZURE_ITEMS =
  '…/items?scopePath=/&download=true&$format=zip&zipForUnix=true&versionDescriptor.versionType=commit&versionDescriptor.version=SHA&api-version=6.0';

describe('locate', () => {
  it.each([
    ['github', { host: 'github.com' }, 'acme/shop', 'https://api.github.com/repos/acme/shop', '…/zipball/SHA'],
    [
      'github',
      { host: 'ghe.example.com' },
      'acme/shop',
      'https://ghe.example.com/api/v3/repos/acme/shop',
      '…/zipball/SHA',
    ],
    [
      'gitlab',
      { host: 'gitlab.com' },
      'a/b/c.d',
      'https://gitlab.com/api/v4/projects/a%2Fb%2Fc.d',
      '…/repository/archive.zip?sha=SHA',
    ],
    [
      'gitlab',
      { apiUrl: 'https://x.example/git/api/v4/' },
      'a/b',
      'https://x.example/git/api/v4/projects/a%2Fb',
      '…/repository/archive.zip?sha=SHA',
    ],
    [
      'bitbucket-cloud',
      { host: 'bitbucket.org' },
      'acme/shop',
      'https://api.bitbucket.org/2.0/repositories/acme/shop',
      'https://bitbucket.org/acme/shop/get/SHA.zip',
    ],
    [
      'bitbucket-server',
      { host: 'b.example:8443' },
      '~ada/shop',
      'https://b.example:8443/rest/api/latest/projects/~ada/repos/shop',
      '…/archive?at=SHA&format=zip',
    ],
    [
      'bitbucket-server',
      { apiUrl: 'https://b.example/git/rest/api/1.0' },
      'scm/web/shop',
      'https://b.example/git/rest/api/latest/projects/web/repos/shop',
      '…/archive?at=SHA&format=zip',
    ],
    ['gitea', { host: 'g.example' }, 'acme/shop', 'https://g.example/api/v1/repos/acme/shop', '…/archive/SHA.zip'],
    [
      'azure-devops',
      { host: 'dev.azure.com' },
      'acme/Web Team/_git/shop',
      'https://dev.azure.com/acme/Web%20Team/_apis/git/repositories/shop',
      AZURE_ITEMS,
    ],
    [
      'azure-devops',
      { host: 'dev.azure.com' },
      'acme/_git/shop',
      'https://dev.azure.com/acme/shop/_apis/git/repositories/shop',
      AZURE_ITEMS,
    ],
    [
      'azure-devops',
      { host: 'ssh.dev.azure.com' },
      'v3/acme/web/shop',
      'https://dev.azure.com/acme/web/_apis/git/repositories/shop',
      AZURE_ITEMS,
    ],
    [
      'azure-devops',
      { host: 'acme.visualstudio.com' },
      'web/_git/shop',
      'https://acme.visualstudio.com/web/_apis/git/repositories/shop',
      AZURE_ITEMS,
    ],
    [
      'azure-devops',
      { host: 'acme.visualstudio.com' },
      'DefaultCollection/_git/shop',
      'https://acme.visualstudio.com/DefaultCollection/shop/_apis/git/repositories/shop',
      AZURE_ITEMS,
    ],
    [
      'azure-devops',
      { host: 'tfs.example' },
      'tfs/Main/web/_git/shop',
      'https://tfs.example/tfs/Main/web/_apis/git/repositories/shop',
      AZURE_ITEMS,
    ],
  ] as const)('finds on %s %j the repository %s', (provider, connection, path, repositoryUrl, archiveUrl) => {
    expect(urls(provider, connection, path)).toEqual([repositoryUrl, archiveUrl]);
  });

  it.each([
    ['github', 'a/b/c'],
    ['gitlab', 'a'],
    ['bitbucket-cloud', 'a/b/c'],
    ['bitbucket-server', 'a'],
    ['gitea', 'a/b/c'],
    ['azure-devops', 'a/b'],
    ['azure-devops', '_git/_git/_git'],
  ] as const)('finds on %s nothing that is called %s', (provider, path) => {
    expect(urls(provider, { host: 'git.example' }, path)).toBeUndefined();
  });

  it('needs a host where there is no public one', () => {
    for (const provider of ['gitea', 'bitbucket-server'] as const) {
      expect(() => urls(provider, {}, 'a/b')).toThrow(expect.objectContaining({ code: 'providers/host-missing' }));
    }
  });
});
