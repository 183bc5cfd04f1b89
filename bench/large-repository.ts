import { type LocalRepository, runGit } from '@gitsource/local-git';
import { seeded } from './seeded.ts';

const COMMITS = 20;
const FILES_PER_FOLDER = 50;
const WORDS = 2000;

const random = seeded();
const words = Array.from({ length: WORDS }, () => Math.floor(random() * 36 ** 5).toString(36));

/** Lines of words from a vocabulary, some 2 KB, which compress about as well as sources do. */
function text(): string {
  const line = () => Array.from({ length: 8 }, () => words[Math.floor(random() * WORDS)]).join(' ');
  return `${Array.from({ length: 20 + Math.floor(random() * 60) }, line).join('\n')}\n`;
}

function pathOf(file: number): string {
  const folder = Math.floor(file / FILES_PER_FOLDER);
  return `src/part${Math.floor(folder / 40)}/module${folder}/file${file}.txt`;
}

function commitOf(number: number, files: readonly number[]): string {
  const changes = files.map((file) => {
    const content = text();
    return `M 100644 inline ${pathOf(file)}\ndata ${content.length}\n${content}`;
  });
  const head = `commit refs/heads/main\ncommitter Ada <ada@example.com> ${1_770_000_000 + number} +0000\ndata 6\nchange\n`;
  return `${head}${changes.join('\n')}\n`;
}

/** Fills a repository with files and a history that changes one in a hundred of them a commit, packed as servers do. */
export async function fillRepository({ folder }: LocalRepository, files: number): Promise<void> {
  const all = Array.from({ length: files }, (_, file) => file);
  const commits = [commitOf(0, all)];
  for (let number = 1; number < COMMITS; number++) {
    commits.push(
      commitOf(
        number,
        all.filter(() => random() < 0.01),
      ),
    );
  }
  await runGit(folder, ['fast-import', '--quiet'], { input: Buffer.from(commits.join('')) });
  await runGit(folder, ['gc', '--quiet']);
}
