import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes a bare repository tell the pipeline's webhook of each push, as a provider would: one POST per changed ref with
 * the fields that a push payload shares over GitHub, Gitea and GitLab (`ref`, `before`, `after`).
 */
export async function writePostReceiveHook(
  bareRepository: string,
  webhookUrl: string,
  nodePath: string,
): Promise<void> {
  const script = join(bareRepository, 'hooks', 'post-receive.mjs');
  await writeFile(script, hookProgram(webhookUrl));
  const hook = join(bareRepository, 'hooks', 'post-receive');
  await writeFile(hook, `#!/bin/sh\nexec ${quote(nodePath)} ${quote(script)}\n`);
  await chmod(hook, 0o755);
}

function hookProgram(webhookUrl: string): string {
  return `import { createInterface } from 'node:readline';
for await (const line of createInterface({ input: process.stdin })) {
  const [before, after, ref] = line.split(' ');
  const reply = await fetch(${JSON.stringify(webhookUrl)}, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ref, before, after }),
  });
  console.log(\`webhook: \${reply.status} for \${ref}\`);
}
`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
