import { isCommitSha, type PackedEntry } from '@gitsource/events';
import {
  expectSubmoduleDepth,
  GitError,
  namingSubmodule,
  parseModules,
  type SubmoduleRemote,
  submoduleRemote,
  submoduleUrls,
} from '@gitsource/git';
import { openSession, type PackedTree, type PackLimits, packTree } from '@gitsource/pack';
import { type AsCheckedOut, asCheckedOut } from './as-checked-out.ts';
import { createTransport, type TransportPorts } from './create-transport.ts';

export interface PackSubmodulesOptions extends SubmoduleRemote, Pick<AsCheckedOut, 'onConverted'> {
  readonly kind: 'direct' | 'recursive';
  readonly ports: TransportPorts;
  /** Ends every request. */
  readonly signal: AbortSignal;
  readonly spoolFolder: string;
}

/** Many of them may be open at once, as their contents are read until the artifact is written. */
const SUBMODULE_LIMITS: Partial<PackLimits> = {
  maxMemoryBytes: 8 * 1024 * 1024,
  maxCacheBytes: 4 * 1024 * 1024,
};

/**
 * A tree with the files of its submodules: first its own, then those of each submodule below its path, as `fetchCommit` of git
 * gives them: as a checkout has them. A submodule is asked for when all before it has come. The entries reject with `git/submodule-failed`, which
 * names it, beside what a tree rejects with.
 */
export function withSubmodules(tree: PackedTree, options: PackSubmodulesOptions): PackedTree {
  const trees = [tree];
  const sum = (of: (measures: ReturnType<PackedTree['measured']>) => number) =>
    trees.reduce((total, { measured }) => total + of(measured()), 0);
  return {
    ...tree,
    entries: () => entriesOf({ tree, ...options }, trees, '', 1),
    measured: () => ({
      ...tree.measured(),
      packBytes: sum(({ packBytes }) => packBytes),
      spooledBytes: sum(({ spooledBytes }) => spooledBytes),
      objects: sum(({ objects }) => objects),
    }),
    close: async () => {
      for (const { close } of trees) await close();
    },
  };
}

interface Holder extends PackSubmodulesOptions {
  readonly tree: PackedTree;
}

async function* entriesOf(
  holder: Holder,
  trees: PackedTree[],
  prefix: string,
  depth: number,
): AsyncGenerator<PackedEntry> {
  const { tree, kind } = holder;
  for await (const entry of tree.entries()) yield prefix === '' ? entry : { ...entry, path: prefix + entry.path };
  const isWanted = depth === 1 || kind === 'recursive';
  if (!isWanted || tree.submodules.length === 0) return;
  expectSubmoduleDepth(depth, prefix);
  const urls = await readUrls(tree);
  for (const { path, sha } of tree.submodules) {
    const inner = await namingSubmodule(prefix + path, () => openSubmodule(holder, urls.get(path), sha));
    trees.push(inner.tree);
    yield* entriesOf(inner, trees, `${prefix}${path}/`, depth + 1);
  }
}

async function readUrls(tree: PackedTree): Promise<Map<string, string>> {
  const content = await tree.readFile('.gitmodules');
  const settings = parseModules(content ?? new Uint8Array());
  if (settings !== undefined) return submoduleUrls(settings);
  throw new GitError('git/submodule-failed', 'The file .gitmodules is not written as usual. Fetch it with git.');
}

async function openSubmodule(holder: Holder, url: string | undefined, sha: string): Promise<Holder> {
  const { ports, signal, spoolFolder } = holder;
  const own = submoduleRemote(holder, url);
  const transport = await createTransport(ports, { url: own.remote, credentials: own.credentials, signal });
  const session = transport && (await openSession(transport));
  if (session === undefined || session === 'unsupported' || !isCommitSha(sha)) {
    throw new GitError('git/submodule-failed', `Only git can fetch from ${own.remote.text}.`);
  }
  const tree = await packTree(session, sha, { spoolFolder, limits: SUBMODULE_LIMITS });
  return { ...holder, ...own, tree: asCheckedOut(tree, { onConverted: holder.onConverted }) };
}
