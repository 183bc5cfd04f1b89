import type { CommitSha, GitRef } from '@gitsource/events';
import type { ApiSession } from '../api-session.ts';
import { type CommitFields, personFields } from '../commit-fields.ts';
import { createArchive, type FoundCommit } from '../create-archive.ts';
import { ProvidersError } from '../errors.ts';
import { encodeParts } from '../repository-place.ts';
import { COMMIT_ABSENT } from '../require-repository.ts';
import * as schema from './api-schema.ts';
import { authorizeFor, HEADERS, hasCredentials } from './auth.ts';
import { locate } from './locate.ts';

/** A tag of a tag of a tag: nobody means more. */
const MAX_TAG_DEPTH = 5;

/**
 * https://docs.github.com/rest/repos/contents#download-a-repository-archive-zip: a redirect to another host (or to
 * `/_codeload` of an Enterprise Server) by a link that needs no authorization. One top folder, `acme-shop-1a2b3c4`. Git LFS files are
 * pointers unless the repository's settings include them.
 */
export const archive = createArchive({
  server: 'GitHub',
  needed:
    'a token with the scope repo, or a fine-grained one or an app with the repository permission Contents (read), for this repository',
  pathForm: 'owner/name',
  topFolder: 'strip',
  headers: HEADERS,
  authorize: authorizeFor(() => 'contents'),
  hasCredentials,
  locate,
  findCommit,
  contains,
  readCommit,
});

/**
 * By the exact ref, not by https://docs.github.com/rest/commits/commits#get-a-commit, which takes `heads/v1` for the branch `heads/v1`
 * where there is no branch `v1`. 409 is the answer of an empty repository.
 */
async function findCommit({ asked, place, read }: ApiSession, ref: GitRef): Promise<FoundCommit | undefined> {
  const name = encodeParts(ref.text.replace(/^refs\//, ''));
  const first = await read(`${place.repositoryUrl}/git/ref/${name}`, schema.pointer, [409]);
  let found = first;
  for (let depth = 0; found?.object.type === 'tag' && depth < MAX_TAG_DEPTH; depth++) {
    found = await read(`${place.repositoryUrl}/git/tags/${encodeURIComponent(found.object.sha)}`, schema.pointer);
  }
  if (found === undefined) return undefined;
  if (found.object.type === 'commit') return { sha: found.object.sha, tagObject: first?.object.sha };
  throw new ProvidersError(
    'providers/ref-not-commit',
    `${ref.text} of ${asked.repositoryPath} is no commit, and so has no archive.`,
  );
}

/**
 * https://docs.github.com/rest/commits/commits#compare-two-commits, seen from `tip`. The changed files, which may be very many, are on
 * the first page only. A repository also answers about commits of its forks, and they are not behind.
 */
async function contains({ place, read }: ApiSession, tip: CommitSha, commit: CommitSha): Promise<boolean> {
  const url = `${place.repositoryUrl}/compare/${tip}...${commit}?per_page=1&page=2`;
  const comparison = await read(url, schema.comparison, COMMIT_ABSENT);
  return comparison?.status === 'behind' || comparison?.status === 'identical';
}

async function readCommit({ read }: ApiSession, url: string): Promise<CommitFields | undefined> {
  const found = await read(url, schema.commit, COMMIT_ABSENT);
  if (found === undefined) return undefined;
  const { author, committer, message, sha, tree } = found;
  return { sha, message, treeId: tree?.sha, ...personFields(author, committer) };
}
