import type { CommitSha, GitRef } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import type { CommitFields } from '../commit-fields.ts';
import { createArchive, type FoundCommit } from '../create-archive.ts';
import { encodeParts } from '../repository-place.ts';
import { COMMIT_ABSENT } from '../require-repository.ts';
import * as schema from './api-schema.ts';
import { authorize, hasCredentials } from './auth.ts';
import { locate } from './locate.ts';

/**
 * https://support.atlassian.com/bitbucket-cloud/kb/how-to-download-repositories-using-the-api/. The web site takes an API token and a
 * consumer's token (https://github.com/utopia-php/vcs/pull/130); of access tokens it is said that it refuses them (second hand,
 * https://github.com/jfrog/froggit-go/pull/191). One top folder, `acme-shop-1a2b3c4d5e6f` (form unconfirmed).
 */
export const archive = createArchive({
  server: 'Bitbucket',
  needed:
    'an API token with read:repository:bitbucket and its owner\'s e-mail address as "username", or an OAuth consumer with Repositories (read); an access token (scope repository) may be refused for archives',
  pathForm: 'workspace/repository',
  topFolder: 'strip',
  authorize,
  hasCredentials,
  locate,
  findCommit,
  contains,
  readCommit,
});

/** Slashes stay in a name, as in the API's own links (unconfirmed for tags). It shows branches and tags only. */
async function findCommit({ place, read }: ApiSession, { kind, shortName }: GitRef): Promise<FoundCommit | undefined> {
  if (kind === 'other') return undefined;
  const url = `${place.repositoryUrl}/refs/${kind === 'tag' ? 'tags' : 'branches'}/${encodeParts(shortName)}`;
  const sha = (await read(url, schema.ref))?.target.hash;
  return sha === undefined ? undefined : { sha };
}

/** https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commits/: the newest commit that both have. */
async function contains({ place, read }: ApiSession, tip: CommitSha, commit: CommitSha): Promise<boolean> {
  const common = await read(`${place.repositoryUrl}/merge-base/${tip}..${commit}`, schema.mergeBase, COMMIT_ABSENT);
  return common?.hash === commit;
}

/** One date is told (whether the author's or the committer's is unconfirmed), and author and address as one text. */
async function readCommit({ read }: ApiSession, url: string): Promise<CommitFields | undefined> {
  const found = await read(url, schema.commit, COMMIT_ABSENT);
  if (found === undefined) return undefined;
  const { author, date, hash: sha, message } = found;
  const [, authorName = author.raw, authorEmail = ''] = /^(.*?)\s*<([^<>]*)>\s*$/s.exec(author.raw) ?? [];
  return { sha, message, authorName, authorEmail, authorDate: date, committerDate: date };
}
