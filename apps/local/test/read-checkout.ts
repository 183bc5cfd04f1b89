import { execFileSync } from 'node:child_process';
import { runGit } from '@gitsource/local-git';
import type { ZipEntry } from './read-zip.ts';

/** Every file of a commit as git has it, by path, in the form that `readZip` gives. */
export async function readCheckout(bare: string, commit: string): Promise<Record<string, ZipEntry>> {
  const listing = await runGit(bare, ['ls-tree', '-r', '-z', commit]);
  const entries: Record<string, ZipEntry> = {};
  for (const line of listing.split('\0').filter(Boolean)) {
    const [, mode = '', sha = '', path = ''] = /^(\d+) blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    const content = execFileSync('git', ['cat-file', 'blob', sha], { cwd: bare }).toString();
    entries[path] = { mode: mode === '120000' ? 0o120777 : Number.parseInt(mode, 8), content };
  }
  return entries;
}
