import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import { type CommitSha, type PackedEntry, parseCommitSha } from '@gitsource/events';
import { runGit } from '@gitsource/local-git';

export interface RepositoryFile {
  readonly path: string | Buffer;
  readonly mode?: '100644' | '100755' | '120000' | '160000';
  readonly content: string | Uint8Array;
}

/** Bare repositories in a folder that goes away. */
export class Scratch {
  readonly folder = mkdtempSync(join(tmpdir(), 'pack test '));
  #count = 0;

  newFolder(): string {
    return mkdtempSync(join(this.folder, `${this.#count++}-`));
  }

  async repository(files: Iterable<RepositoryFile>, format: 'sha1' | 'sha256' = 'sha1'): Promise<Repository> {
    const folder = this.newFolder();
    await runGit(folder, ['init', '--quiet', '--bare', `--object-format=${format}`]);
    return { folder, sha: await commitAll(folder, files) };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface Repository {
  readonly folder: string;
  readonly sha: CommitSha;
}

/** Commits exactly these files to `main`: names, modes and counts that no work tree need hold. */
export async function commitAll(folder: string, files: Iterable<RepositoryFile>): Promise<CommitSha> {
  const input = [Buffer.from('commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\ndata 1\nx\n')];
  for (const { path, mode = '100644', content } of files) {
    const bytes = Buffer.from(content);
    const name = Buffer.from(path);
    if (mode === '160000') input.push(Buffer.from(`M 160000 ${bytes.toString()} `), name, Buffer.from('\n'));
    else {
      const data = Buffer.from(`\ndata ${bytes.length}\n`);
      input.push(Buffer.from(`M ${mode} inline `), name, data, bytes, Buffer.from('\n'));
    }
  }
  await runGit(folder, ['fast-import', '--quiet', '--force', '--date-format=raw'], { input: Buffer.concat(input) });
  return parseCommitSha(await runGit(folder, ['rev-parse', 'main']));
}

export interface PackOptions {
  /** How deltas name their bases. Default: offset. */
  readonly deltas?: 'offset' | 'reference';
  readonly depth?: number;
  readonly window?: number;
  readonly level?: number;
}

export interface MadePack {
  readonly bytes: Buffer;
  readonly indexFile: string;
}

/** The pack of one commit without its history, as git itself makes it. */
export async function packCommit({ folder, sha }: Repository, options: PackOptions = {}): Promise<MadePack> {
  const { deltas = 'offset', depth = 50, window = 10, level = -1 } = options;
  const base = join(mkdtempSync(join(folder, 'made-')), 'pack');
  const input = await runGit(folder, ['rev-list', '--objects', '--no-walk', sha]);
  const name = await runGit(
    folder,
    [
      '-c',
      `pack.compression=${level}`,
      'pack-objects',
      '--quiet',
      '--no-reuse-delta',
      '--no-reuse-object',
      `--depth=${depth}`,
      `--window=${window}`,
      ...(deltas === 'offset' ? ['--delta-base-offset'] : []),
      base,
    ],
    { input: `${input}\n` },
  );
  return { bytes: readFileSync(`${base}-${name}.pack`), indexFile: `${base}-${name}.idx` };
}

/** What git lists: `<mode> <blob> <size> <path>`, submodules left out. */
export async function listByGit({ folder, sha }: Repository): Promise<string[]> {
  const listing = await runGit(folder, ['ls-tree', '-r', '-z', '-l', '--full-tree', sha]);
  return listing
    .split('\0')
    .filter((line) => line !== '' && !line.startsWith('160000'))
    .map((line) => line.replace(/^(\d+) blob (\w+) +(\d+)\t/, '$1 $2 $3 '));
}

const MODES = { file: '100644', executable: '100755', symlink: '120000' };

/** The same of entries, whose contents are read, and held against size and checksum. */
export async function listEntries(entries: AsyncIterable<PackedEntry>): Promise<string[]> {
  const lines: string[] = [];
  for await (const entry of entries) {
    const content = contentOf(entry);
    if (content.length !== entry.size || crc32(content) !== entry.crc32) throw new Error(`${entry.path} is wrong`);
    lines.push(`${MODES[entry.kind]} ${entry.blob} ${entry.size} ${entry.path}`);
  }
  return lines;
}

export function contentOf({ body }: PackedEntry): Uint8Array {
  return body.packing === 'deflate' ? inflateRawSync(Buffer.concat([...body.pieces()])) : body.content();
}

/** A stream in pieces of this length. */
export async function* pieces(bytes: Uint8Array, pieceBytes = 60_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
