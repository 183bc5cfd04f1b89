import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Keeps a content as Git LFS would, beside the repository's objects, and returns the pointer file to commit. */
export function putLfsObject(bareRepository: string, content: string | Uint8Array): string {
  const oid = createHash('sha256').update(content).digest('hex');
  const file = lfsObjectFile(bareRepository, oid);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  const size = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${size}\n`;
}

function lfsObjectFile(bareRepository: string, oid: string): string {
  return join(bareRepository, 'lfs/objects', oid.slice(0, 2), oid.slice(2, 4), oid);
}

/**
 * Answers the download half of the LFS batch API for one repository.
 * https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md
 */
export async function answerLfs(
  bareRepository: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, oid] = /^\/info\/lfs\/objects\/([0-9a-f]{64})$/.exec(path) ?? [];
  if (oid !== undefined && existsSync(lfsObjectFile(bareRepository, oid))) {
    createReadStream(lfsObjectFile(bareRepository, oid)).pipe(response);
    return;
  }
  if (path !== '/info/lfs/objects/batch') {
    response.writeHead(404).end();
    return;
  }
  const { objects } = JSON.parse(await text(request)) as { objects: { oid: string; size: number }[] };
  const base = `https://${request.headers.host}${(request.url ?? '').replace(/\/batch$/, '')}`;
  const { authorization } = request.headers;
  const header = authorization === undefined ? {} : { authorization };
  const answers = objects.map((object) =>
    existsSync(lfsObjectFile(bareRepository, object.oid))
      ? { ...object, authenticated: true, actions: { download: { href: `${base}/${object.oid}`, header } } }
      : { ...object, error: { code: 404, message: 'Object does not exist' } },
  );
  response.writeHead(200, { 'content-type': 'application/vnd.git-lfs+json' });
  response.end(JSON.stringify({ transfer: 'basic', objects: answers }));
}
