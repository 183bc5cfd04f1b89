import { ArtifactError, writePackedZip } from '@gitsource/artifact';
import { failureDetails } from '@gitsource/job-protocol';
import { Conversions } from './conversions.ts';
import { gitCredentials } from './git-credentials.ts';
import { type FailedRemote, gitFailure } from './git-failure.ts';
import { type OpenedPack, type OpenPackOptions, openPack } from './open-pack.ts';
import type { Ports, WhyNot } from './ports.ts';
import type { SourceRequest, UseSource } from './source.ts';
import { zipClone } from './zip-clone.ts';

/** What came of a pack, or why the other way is to do better. */
export type UsedPack<T> = { readonly result: T } | WhyNot;

/**
 * Reads the commit that a job names from the server's pack while it arrives, and uses it. What fails in reading, up to the
 * last byte of the zip, is given back as a reason for the other way; what fails in the use, and what no artifact can hold, is thrown.
 */
export async function usePack<T>(
  ports: Ports,
  request: SourceRequest,
  options: Omit<OpenPackOptions, 'signal' | 'onConverted'>,
  use: UseSource<T>,
): Promise<UsedPack<T>> {
  const ending = new AbortController();
  const signal = AbortSignal.any([ports.signal, ending.signal]);
  const { gitUrl, remote = gitUrl } = request;
  const conversions = new Conversions();
  const failed = { remote, credentials: gitCredentials(options.connection, remote) };
  try {
    const opened = await openPack(ports, request, { ...options, signal, onConverted: conversions.note }).catch(
      (error) => reasonOf(ports, failed, error),
    );
    if ('why' in opened) return opened;
    return await useOpened(ports, opened, { failed, ending, conversions }, use);
  } finally {
    ending.abort();
  }
}

interface Using {
  readonly failed: FailedRemote;
  readonly ending: AbortController;
  readonly conversions: Conversions;
}

async function useOpened<T>(
  ports: Ports,
  { refName, tree }: OpenedPack,
  { failed, ending, conversions }: Using,
  use: UseSource<T>,
): Promise<UsedPack<T>> {
  const commit = { ...tree.commit, treeId: tree.treeId };
  const branchName = refName.replace(/^refs\/(?:heads|tags)\//, '');
  const zip = new ReadZip(zipOf(tree, ports, conversions));
  try {
    const result = await use({ commit, refName, branchName, zip: zip.chunks });
    if ('keep' in tree) await tree.keep();
    return { result };
  } catch (error) {
    if (!zip.hasFailed) throw error;
    return reasonOf(ports, failed, error);
  } finally {
    ports.progress.packBytes = tree.measured().packBytes;
    // First, so that nothing waits for the server any more.
    ending.abort();
    await zip.chunks.return(undefined);
    await tree.close();
  }
}

async function* zipOf(tree: OpenedPack['tree'], { log }: Ports, conversions: Conversions): AsyncGenerator<Uint8Array> {
  const modified = new Date(tree.commit.committerDate);
  if ('pack' in tree) yield* zipClone(tree, modified, { onConverted: conversions.note });
  else yield* writePackedZip(tree.entries(), { modified });
  conversions.tell(log);
}

/** A zip that remembers whether it was its own reading that failed. What no artifact can hold fails by git, too. */
class ReadZip {
  hasFailed = false;
  readonly chunks: AsyncGenerator<Uint8Array>;

  constructor(zip: AsyncIterable<Uint8Array>) {
    this.chunks = this.#read(zip);
  }

  async *#read(zip: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* zip;
    } catch (error) {
      this.hasFailed = !(error instanceof ArtifactError) || error.code === 'artifact/conversion-unsupported';
      throw error;
    }
  }
}

/** What was stopped is not begun anew, nor what would fail by git as well: that is thrown, in git's words. */
function reasonOf(
  { signal }: Ports,
  failed: FailedRemote,
  error: unknown,
): { readonly why: string; readonly cause: unknown } {
  signal.throwIfAborted();
  const failure = gitFailure(error, failed);
  if (failure?.isFinal === true) throw failure.error;
  return { why: failureDetails(error).message, cause: failure?.error ?? error };
}
