import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { runGit } from '@gitsource/local-git';
import { seeded } from '../seeded.ts';

/** What a repository is like; sizes are those of its contents, before a scale is applied. */
export interface Shape {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
  /** How many files are another version of the one before, so that Git keeps them as deltas. */
  readonly similarShare: number;
  /** How many of the bytes do not compress, as pictures and archives. */
  readonly noiseShare: number;
}

const MB = 1e6;

export const SHAPES: readonly Shape[] = [
  { name: 'small', files: 486, bytes: 5 * MB, similarShare: 0.1, noiseShare: 0.1 },
  { name: 'many', files: 27_700, bytes: 41 * MB, similarShare: 0.2, noiseShare: 0.05 },
  { name: 'medium', files: 13_000, bytes: 107 * MB, similarShare: 0.15, noiseShare: 0.1 },
  { name: 'deltas', files: 57_000, bytes: 93 * MB, similarShare: 0.85, noiseShare: 0 },
  { name: 'large', files: 17_800, bytes: 300 * MB, similarShare: 0.1, noiseShare: 0.25 },
];

const WORDS = 5_000;
const LETTERS = 'etaoinshrdlucmfwypvbgkjqxz';

/** Commits a shape to a bare repository, the same in every run, packed as a server that is kept well has it. */
export async function fillWithShape(folder: string, shape: Shape, scale: number): Promise<void> {
  const git = spawn(
    'git',
    ['-c', 'core.compression=6', 'fast-import', '--quiet', '--force', '--depth=0', '--date-format=raw'],
    {
      cwd: folder,
      stdio: ['pipe', 'inherit', 'inherit'],
    },
  );
  const closed = once(git, 'close');
  const write = async (bytes: Buffer | string) => {
    if (!git.stdin.write(bytes)) await once(git.stdin, 'drain');
  };
  await write('commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\ndata 1\nx\n');
  for (const { path, content, mode } of filesOf(shape, scale)) {
    await write(`M ${mode} inline ${path}\ndata ${content.length}\n`);
    await write(content);
    await write('\n');
  }
  git.stdin.end();
  await closed;
  if (shape.similarShare > 0.5) await runGit(folder, ['repack', '-adfq', '--window=10', '--depth=50']);
}

interface MadeFile {
  readonly path: string;
  readonly mode: string;
  readonly content: Buffer;
}

function* filesOf(shape: Shape, scale: number): Generator<MadeFile> {
  const random = seeded();
  const words = Array.from({ length: WORDS }, () => word(random));
  const files = Math.max(1, Math.round(shape.files * scale));
  const mean = shape.bytes / shape.files;
  // A few large ones carry the noise.
  const noisy = Math.max(1, Math.round(files * 0.005));
  const noiseBytes = Math.round((shape.bytes * scale * shape.noiseShare) / noisy);
  let before: string[] = [];
  for (let n = 0; n < files; n++) {
    const folder = `packages/p${Math.floor(n / 90)}/src/m${Math.floor(n / 12) % 8}`;
    const isNoise = shape.noiseShare > 0 && n % Math.ceil(files / noisy) === 0;
    const isSimilar = random() < shape.similarShare && before.length > 0;
    // Many small files, few large ones: the mean of a fourth power is a fifth.
    const length = mean * (1 - shape.noiseShare) * 5 * random() ** 4 + 60;
    before = isSimilar ? changed(before, words, random) : lines(length, words, random);
    const content = isNoise ? noise(noiseBytes, random) : Buffer.from(before.join('\n'));
    const mode = n % 50 === 0 ? '100755' : '100644';
    yield { path: `${folder}/${isNoise ? `image${n}.png` : `file${n}.ts`}`, mode, content };
  }
  yield { path: 'main.ts', mode: '120000', content: Buffer.from('packages/p0/src/m0/file1.ts') };
}

function lines(length: number, words: readonly string[], random: () => number): string[] {
  const made: string[] = [];
  for (let left = length; left > 0; ) {
    const text = line(words, random);
    left -= text.length + 1;
    made.push(text);
  }
  return made;
}

function changed(before: readonly string[], words: readonly string[], random: () => number): string[] {
  const after = [...before];
  for (let left = 1 + random() * 4; left > 0; left--) after[Math.floor(random() * after.length)] = line(words, random);
  return after;
}

function line(words: readonly string[], random: () => number): string {
  let text = '  '.repeat(random() * 4);
  for (let left = 2 + random() * 8; left > 0; left--) {
    text += `${words[Math.floor(random() ** 3 * WORDS)]}${[' ', '.', '(', ', '][Math.floor(random() * 4)]}`;
  }
  return text;
}

function word(random: () => number): string {
  return Array.from({ length: 3 + random() * 9 }, () => LETTERS[Math.floor(random() ** 2 * LETTERS.length)]).join('');
}

function noise(length: number, random: () => number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) bytes[at] = random() * 256;
  return bytes;
}
