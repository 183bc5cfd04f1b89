import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A webhook as the stand-in keeps it: all that it was ever given. */
export interface KeptHook extends Record<string, unknown> {
  readonly id: number;
}

/** What one API does in its own way. */
export interface HooksDialect {
  /** Matches the URL of a repository's webhooks, then `/<id>` or nothing. */
  readonly path: RegExp;
  /** Whether the request carries the token. */
  readonly isAuthorized: (headers: IncomingMessage['headers'], token: string) => boolean;
  readonly updateMethod: string;
  /** What a read shows of a webhook, which is never its secret. */
  readonly show: (hook: KeptHook) => unknown;
}

export interface HooksApi {
  readonly url: string;
  readonly hooks: KeptHook[];
  /** Method and path with query of each request. */
  readonly requests: string[];
  /** Answers that come before the API's own, one each. */
  readonly faults: { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }[];
  close(): void;
}

export const TOKEN = 'token-of-the-connection';
const SERVED_PER_PAGE = 100;

/** A loopback stand-in that keeps the webhooks of one repository, page by page. */
export async function startHooksApi(dialect: HooksDialect, tls?: { key: string; cert: string }): Promise<HooksApi> {
  const hooks: KeptHook[] = [];
  const requests: string[] = [];
  const faults: HooksApi['faults'] = [];
  const listener: RequestListener = (request, response) => {
    const reply = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    void readJson(request).then((body) => {
      const url = new URL(request.url ?? '', 'http://loopback');
      requests.push(`${request.method} ${url.pathname}${url.search}`);
      const fault = faults.shift();
      if (fault !== undefined) return reply(fault.status, fault.body ?? { message: 'a fault' }, fault.headers);
      if (!dialect.isAuthorized(request.headers, TOKEN)) return reply(401, { message: 'Bad credentials' });
      const [, id] = dialect.path.exec(url.pathname) ?? [];
      if (!dialect.path.test(url.pathname)) return reply(404, { message: 'Not Found' });
      if (request.method === 'GET') {
        const page = Number(url.searchParams.get('page') ?? 1);
        const size = Math.min(Number(url.searchParams.get('per_page') ?? 20), SERVED_PER_PAGE);
        const shown = hooks.slice((page - 1) * size, page * size).map(dialect.show);
        const next = new URL(url);
        next.searchParams.set('page', `${page + 1}`);
        return reply(200, shown, page * size < hooks.length ? { link: `<${next.href}>; rel="next"` } : {});
      }
      if (request.method === 'POST' && id === undefined) {
        const hook = { ...body, id: 1000 + hooks.length };
        hooks.push(hook);
        return reply(201, dialect.show(hook));
      }
      const index = hooks.findIndex((hook) => hook.id === Number(id));
      const kept = hooks[index];
      if (request.method !== dialect.updateMethod || kept === undefined) return reply(404, { message: 'Not Found' });
      const hook = { ...kept, ...body, id: kept.id };
      hooks[index] = hook;
      return reply(200, dialect.show(hook));
    });
  };
  const server: Server = tls === undefined ? createServer(listener) : createHttpsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hooks,
    requests,
    faults,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : JSON.parse(text);
}
