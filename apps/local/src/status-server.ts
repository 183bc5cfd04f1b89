import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificates } from '@gitsource/local-git';

/** What was put beside a commit. */
export interface TakenStatus {
  readonly atMs: number;
  readonly context: string;
  /** `pending`, `success`, `failure`, `error`. */
  readonly state: string;
  readonly description: string;
}

/** As much of a provider, on loopback, as shows statuses beside commits: the API of Gitea. */
export interface StatusServer {
  /** `https://127.0.0.1:PORT` */
  readonly apiUrl: string;
  readonly token: string;
  readonly caCertificate: string;
  /** All that a commit has got, oldest first; the newest of a context is what it shows. */
  taken(sha: string): readonly TakenStatus[];
  close(): Promise<void>;
}

/** https://docs.gitea.com/api, repoCreateStatus */
const CREATE_STATUS = /^\/api\/v1\/repos\/[^/]+\/[^/]+\/statuses\/([0-9a-f]{40}|[0-9a-f]{64})$/;
const MAX_BYTES = 100_000;

/** Starts it with a token and a certificate of its own. */
export async function startStatusServer(now: () => number): Promise<StatusServer> {
  const { caCertificate, certificate: cert, privateKey: key } = await createCertificates();
  const token = crypto.randomUUID();
  const kept = new Map<string, TakenStatus[]>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, sha] = CREATE_STATUS.exec(request.url ?? '') ?? [];
    const body = await readText(request);
    const isKnown = request.headers.authorization === `token ${token}`;
    if (!isKnown || request.method !== 'POST' || sha === undefined || body === undefined) {
      response.writeHead(isKnown ? 404 : 401, { 'content-type': 'application/json' }).end('{}');
      return;
    }
    const { context, description, state }: TakenStatus = JSON.parse(body);
    kept.set(sha, [...(kept.get(sha) ?? []), { atMs: now(), context, description, state }]);
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ context, status: state }));
  }

  const server = createServer({ cert, key }, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on TCP has such an address.
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `https://127.0.0.1:${port}`,
    token,
    caCertificate,
    taken: (sha) => kept.get(sha) ?? [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** `undefined` where it is larger than a status can be. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_BYTES ? undefined : Buffer.concat(chunks).toString();
}
