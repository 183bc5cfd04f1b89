import { runGit } from '@gitsource/local-git';

/** One commit of small files on `main`, in 300 folders; its SHA. */
export async function commitManyFiles(folder: string, count: number): Promise<string> {
  const head = 'commit refs/heads/main\ncommitter A <a@example.com> 1770000000 +0000\ndata 1\nx\n';
  const files = Array.from({ length: count }, (_, n) => `M 100644 inline d${n % 300}/f${n}\ndata 1\nx\n`);
  await runGit(folder, ['fast-import', '--quiet'], { input: Buffer.from(head + files.join('')) });
  return runGit(folder, ['rev-parse', 'main']);
}
