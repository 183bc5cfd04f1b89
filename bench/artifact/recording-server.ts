import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createCertificates } from '@gitsource/local-git';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

export interface RecordingServer {
  readonly origin: string;
  readonly caCertificate: string;
  close(): void;
}

/**
 * Stands before a Git server over HTTPS: asks it once for each different request, and answers from memory from then on, so
 * that a measurement holds none of the server's own work.
 */
export async function startRecordingServer(behind: {
  origin: string;
  /** PEM; default: the public authorities. */
  caCertificate?: string;
}): Promise<RecordingServer> {
  const answers = new Map<string, Promise<Answer>>();
  const { caCertificate, certificate, privateKey } = await createCertificates();
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(incoming);
    const { method = 'GET', url = '/', headers } = incoming;
    const key = [method, url, headers['git-protocol'], createHash('sha256').update(body).digest('hex')].join(' ');
    const recorded = answers.get(key) ?? ask(new URL(url, behind.origin), method, headers, body, behind.caCertificate);
    answers.set(key, recorded);
    const { status, type, body: answered } = await recorded;
    response.writeHead(status, { 'content-type': type, 'content-length': answered.length }).end(answered);
  };
  const server = createServer({ cert: certificate, key: privateKey }, (incoming, response) => {
    answer(incoming, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://127.0.0.1:${port}`,
    caCertificate,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const PASSED_ON = ['git-protocol', 'content-type', 'content-encoding', 'accept', 'content-length'];

function ask(
  url: URL,
  method: string,
  given: IncomingMessage['headers'],
  body: Buffer,
  ca: string | undefined,
): Promise<Answer> {
  const headers = Object.fromEntries(Object.entries(given).filter(([name]) => PASSED_ON.includes(name)));
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, ...(ca !== undefined && { ca }) }, (response) => {
      const { statusCode: status = 502, headers: received } = response;
      const type = received['content-type'] ?? '';
      buffer(response).then((answered) => resolve({ status, type, body: answered }), reject);
    });
    asked.on('error', reject).end(body);
  });
}
