import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { seeded } from './seeded.ts';

const WORDS = 3_000;
const LETTERS = 'etaoinshrdlucmfwypvbgkjqxz';

/** Commits a tree of source-like files, every run the same, and gives what `git archive` makes of it. */
export function makeSourceArchive(
  folder: string,
  treeBytes: number,
): { readonly archive: string; readonly files: number } {
  const repository = join(folder, 'repository');
  const random = seeded();
  const words = Array.from({ length: WORDS }, () => word(random));
  let files = 0;
  for (let left = treeBytes; left > 0; files++) {
    const text = source(1_000 + random() ** 3 * 60_000, words, random);
    const file = join(repository, `packages/p${files % 200}/src/f${files}.ts`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: files % 50 === 0 ? 0o755 : 0o644 });
    left -= text.length;
  }
  symlinkSync('packages/p0/src/f0.ts', join(repository, 'main.ts'));
  const archive = join(folder, 'archive.zip');
  const git = (...args: string[]) => execFileSync('git', ['-c', 'gc.auto=0', ...args], { cwd: repository });
  git('init', '-q');
  git('add', '-A');
  git('-c', 'user.name=bench', '-c', 'user.email=bench@example.com', 'commit', '-qm', 'A tree');
  git('archive', '--format=zip', '--prefix=bench-1a2b3c4/', '-o', archive, 'HEAD');
  return { archive, files: files + 1 };
}

function source(length: number, words: readonly string[], random: () => number): string {
  let text = '';
  while (text.length < length) {
    text += '  '.repeat(random() * 4);
    for (let left = 2 + random() * 8; left > 0; left--) {
      text += `${words[Math.floor(random() ** 3 * WORDS)]}${[' ', '.', '(', ', '][Math.floor(random() * 4)]}`;
    }
    text += ';\n';
  }
  return text;
}

function word(random: () => number): string {
  return Array.from({ length: 3 + random() * 9 }, () => LETTERS[Math.floor(random() ** 2 * LETTERS.length)]).join('');
}
