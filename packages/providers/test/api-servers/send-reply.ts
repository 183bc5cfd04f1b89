import type { ServerResponse } from 'node:http';
import type { Reply } from './dialect.ts';
import type { ApiFault } from './faults.ts';
import type { GitObjects } from './git-objects.ts';

export function sendReply(response: ServerResponse, reply: Exclude<Reply, { zip: unknown }>): void {
  const { status = 200 } = reply;
  if ('html' in reply) response.writeHead(status, { 'content-type': 'text/html' }).end(reply.html);
  else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.json));
}

/** The zip of a commit, as the fault has it. */
export async function sendZip(
  response: ServerResponse,
  git: GitObjects | undefined,
  { prefix, sha }: { readonly prefix: string; readonly sha: string },
  fault: ApiFault | undefined,
): Promise<void> {
  const packing = git?.archive(sha, prefix);
  if (packing?.stdout == null) return sendReply(response, { status: 404, html: 'not found' });
  response.writeHead(200, { 'content-type': 'application/zip' });
  if (fault === undefined) {
    packing.stdout.pipe(response);
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of packing.stdout) chunks.push(chunk);
  const zip = Buffer.concat(chunks);
  const middle = Math.ceil(zip.length / 2);
  if (fault.kind === 'corrupt') {
    response.end(zip.fill(0, middle, middle + 16));
    return;
  }
  response.write(zip.subarray(0, middle));
  if (fault.kind === 'pause') setTimeout(() => response.end(zip.subarray(middle)), fault.ms);
  // Lets the first half arrive, so that the cut is one in the middle.
  if (fault.kind === 'truncate') setTimeout(() => response.destroy(), 50);
}
