import { reRootArchive } from '@gitsource/artifact/archives';
import { type CommitSha, type GitRef, parseGitRef } from '@gitsource/events';
import { type Archive, findArchive } from '@gitsource/providers/archives';
import { assertConnectionServesApi, type Connection } from '@gitsource/runtime';
import { LanesError } from './errors.ts';
import type { Ports } from './ports.ts';
import { readSourceConnection } from './read-source-connection.ts';
import type { Source, SourceRequest } from './source.ts';

/**
 * Finds the commit through the provider's API, which also gives the zip: no git, nothing on disk. The zip is asked for
 * when it is read first. Throws `lanes/provider-without-archive`, `lanes/ref-missing`, and what its parts
 * throw.
 */
export async function openArchive(ports: Ports, request: SourceRequest): Promise<Source> {
  const { log, signal } = ports;
  const { gitUrl, pinnedCommit, ref } = request;
  const { archive, connection } = await archiveFor(ports, request);
  const place = { connection, repositoryPath: gitUrl.repositoryPath, signal };
  const pin = pinnedCommit === undefined ? '' : `, pinned to ${pinnedCommit}`;
  log.line(`Asking ${connection.provider} for ${ref.text} of ${gitUrl.text}${pin}`);
  const { commit, refName } = await log.step(
    async () => {
      const found = await findCommit(request, (name) =>
        archive.resolveRef({ ...place, ref: name, pinned: pinnedCommit }),
      );
      return { refName: found.refName, commit: await archive.readCommit({ ...place, commit: found.sha }) };
    },
    (found) => `Found ${found.commit.sha} on ${found.refName}: ${found.commit.subject}`,
  );
  async function* zip(): AsyncGenerator<Uint8Array> {
    const { body, topFolder } = await archive.open({ ...place, commit: commit.sha });
    yield* reRootArchive(body, { topFolder, commit: commit.sha, modified: new Date(commit.committerDate) });
  }
  return { commit, refName, branchName: parseGitRef(refName).shortName, zip: zip() };
}

async function archiveFor(
  ports: Ports,
  { credentialsSecret, gitUrl }: SourceRequest,
): Promise<{ readonly archive: Archive; readonly connection: Connection }> {
  const connection = await readSourceConnection(ports, credentialsSecret);
  if (connection === undefined) {
    throw withoutArchive(
      'no CredentialsSecret says which provider to ask. Name a connection, which for a public repository needs no token',
    );
  }
  assertConnectionServesApi(connection, gitUrl);
  const archive = await findArchive(connection.provider);
  if (archive !== undefined) return { archive, connection };
  throw withoutArchive(
    `the provider of the secret ${connection.name}, ${JSON.stringify(connection.provider)}, has no archives. Store the connection as JSON with the right "provider"`,
  );
}

function withoutArchive(problem: string): LanesError {
  return new LanesError(
    'lanes/provider-without-archive',
    'configuration',
    `FetchMethod is "archive", but ${problem}, or set FetchMethod to "clone".`,
  );
}

/** A short name is a branch before it is a tag. */
async function findCommit(
  { gitUrl, ref }: { readonly gitUrl: SourceRequest['gitUrl']; readonly ref: GitRef },
  resolve: (refName: string) => Promise<CommitSha | undefined>,
): Promise<{ readonly refName: string; readonly sha: CommitSha }> {
  const candidates = ref.kind === 'short' ? [`refs/heads/${ref.text}`, `refs/tags/${ref.text}`] : [ref.text];
  for (const refName of candidates) {
    const sha = await resolve(refName);
    if (sha !== undefined) return { refName, sha };
  }
  const what = ref.kind === 'short' ? `branch or tag "${ref.text}"` : `ref "${ref.text}"`;
  throw new LanesError(
    'lanes/ref-missing',
    'revision-missing',
    `The repository ${gitUrl.text} has no ${what}. Correct Branch, or push it.`,
  );
}
