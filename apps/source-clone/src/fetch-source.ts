import { type FetchedCommit, fetchCommit } from '@gitsource/git';
import type { ActionConfiguration, JobDetails } from '@gitsource/job-protocol';
import { assertConnectionServes, type Connection, readConnection } from '@gitsource/runtime';
import { SourceCloneError } from './errors.ts';
import { gitCredentials } from './git-credentials.ts';
import type { Ports } from './ports.ts';
import { readPinnedSource } from './read-pinned-source.ts';

/** Fetches the commit that a job's configuration and execution name. Throws what its parts throw, all coded. */
export async function fetchSource(
  ports: Ports,
  details: JobDetails,
  configuration: ActionConfiguration,
): Promise<FetchedCommit> {
  const { gitUrl, fetchMethod, outputArtifactFormat, submodules, gitLfs, paths } = configuration;
  if (fetchMethod === 'archive') {
    throw new SourceCloneError(
      'source-clone/archive-unavailable',
      'configuration',
      'FetchMethod "archive" is not available in this version. Use "auto" or "clone".',
    );
  }
  const connection = await connectionFor(ports, configuration);
  const pinned = await readPinnedSource(ports, details);
  const ref = pinned.ref ?? configuration.ref;
  const pin = pinned.commit === undefined ? '' : `, pinned to ${pinned.commit}`;
  ports.log.line(`Fetching ${ref.text} of ${gitUrl.text}${pin}`);
  return ports.log.step(
    () =>
      fetchCommit({
        url: gitUrl,
        ref,
        pinnedCommit: pinned.commit,
        credentials: gitCredentials(connection, gitUrl),
        history: outputArtifactFormat === 'FULL_CLONE' ? 'full' : 'commit',
        submodules,
        lfs: gitLfs,
        paths,
        workFolder: ports.workFolder,
        environment: ports.environment,
        signal: ports.signal,
      }),
    ({ commit, refName }) => `Fetched ${commit.sha} from ${refName}: ${commit.subject}`,
  );
}

async function connectionFor(
  { secretsManager, log }: Ports,
  { credentialsSecret, gitUrl }: ActionConfiguration,
): Promise<Connection | undefined> {
  if (credentialsSecret === undefined) return undefined;
  const connection = await log.step(
    () => readConnection(secretsManager, credentialsSecret),
    () => `Read the connection ${credentialsSecret}`,
  );
  assertConnectionServes(connection, gitUrl);
  return connection;
}
