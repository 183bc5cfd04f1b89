import { createOutgoingDownload, createOutgoingFetch, type Download } from '@gitsource/runtime';
import type * as z from 'zod/mini';
import type { Authorization, Authorize } from './authorization.ts';
import { ProvidersError } from './errors.ts';
import { type Answer, type Asked, refusedAnswer, unauthorized } from './refused-answer.ts';
import type { RepositoryPlace } from './repository-place.ts';
import type { RepositoryQuery } from './repository-query.ts';

/** What is asked about one repository, with the connection's credentials. */
export interface ApiSession {
  readonly asked: Asked;
  readonly place: RepositoryPlace;
  /**
   * Reads JSON; `undefined` for 404 and the statuses of `absent`.
   * Throws `providers/unauthorized`, `-rate-limited`, `-unavailable`, `-answer-unexpected`, `runtime/api-*`.
   */
  readonly read: <Shape extends z.ZodMiniType>(
    url: string,
    shape: Shape,
    absent?: readonly number[],
  ) => Promise<z.output<Shape> | undefined>;
  /** Begins a download; `undefined` for 404. Throws as `read` does. */
  readonly download: (url: string) => Promise<Download | undefined>;
  /**
   * Sends JSON. Gives back success, 404, and the statuses of `expected`; throws as `read` does. A redirect is followed below
   * the API only, with method and body unchanged.
   */
  readonly send: (message: Message) => Promise<Answered>;
  /** An answer that was expected for some of what it may say, and says something else. */
  readonly refused: (answer: Answer) => ProvidersError;
}

export interface Message {
  readonly method: 'POST' | 'PATCH';
  readonly url: string;
  readonly body: object;
  readonly expected?: readonly number[];
  /** Where twice has another effect than once: what may have arrived is not sent again. */
  readonly onceOnly?: boolean;
}

/** What the server says to a message; `said` is never to be shown. */
export type Answered = Answer & { readonly said: string };

export interface SessionOptions {
  readonly query: RepositoryQuery;
  readonly asked: Asked;
  readonly place: RepositoryPlace;
  readonly pathParts: readonly string[];
  readonly authorize: Authorize;
  /** Sent along with every request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers about refs and commits are small. */
const MAX_BYTES = 1024 * 1024;

export function createApiSession({ asked, authorize, headers, pathParts, place, query }: SessionOptions): ApiSession {
  const { connection, now = Date.now, signal } = query;
  const ca = connection.caCertificate === undefined ? {} : { caCertificate: connection.caCertificate };
  const { apiUrl } = place;
  const fetchApi = createOutgoingFetch({ baseUrl: apiUrl, ...ca, maxBytes: MAX_BYTES, followRedirects: true });
  const startDownload = createOutgoingDownload({ baseUrl: place.archiveBaseUrl ?? apiUrl, ...ca });

  /** A token that the server issued may have been revoked since: it is renewed once. */
  async function authorized<T extends Answer>(ask: (proof: Authorization['headers']) => Promise<T>): Promise<T> {
    const request = () => orAborted(authorize({ connection, pathParts, apiUrl, nowMs: now(), asked }), signal);
    const first = await request();
    const answer = await ask(first.headers);
    if (answer.status !== 401 || first.forget === undefined) return answer;
    first.forget();
    return ask((await request()).headers);
  }

  const refused = (answer: Answer) => refusedAnswer(asked, answer, now());

  return {
    asked,
    place,
    refused,
    async read(url, shape, absent = []) {
      const answer = await authorized((proof) => fetchApi(url, { headers: { ...headers, ...proof }, signal }));
      if (answer.status === 404 || absent.includes(answer.status)) return undefined;
      if (answer.status !== 200) throw refused(answer);
      const result = shape.safeParse(await answer.json().catch(() => undefined));
      if (result.success) return result.data;
      throw unexpected(asked, problemsOf(result.error));
    },
    async send({ body, expected = [], method, onceOnly = false, url }) {
      const init = { method, body: JSON.stringify(body), isRepeatable: !onceOnly, signal };
      const plain = { ...headers, 'content-type': 'application/json' };
      const answer = await authorized((proof) => fetchApi(url, { ...init, headers: { ...plain, ...proof } }));
      const { status } = answer;
      const answered = { status, headers: answer.headers, said: await answer.text() };
      if (status === 404 || expected.includes(status)) return answered;
      if (!SUCCESS.has(status)) throw refused(answered);
      if (answered.said === '' || isJson(answered.said)) return answered;
      throw unexpected(asked, 'no JSON');
    },
    async download(url) {
      // Some servers give a compressed body to those who do not say that they want none.
      const plain = { ...headers, accept: '*/*', 'accept-encoding': 'identity' };
      const answer = await authorized((proof) => startDownload(url, { headers: { ...plain, ...proof }, signal }));
      const isSignIn = isSignInPage(answer);
      if (answer.status === 200 && !isSignIn) return answer;
      answer.discard();
      if (answer.status === 404) return undefined;
      if (isSignIn) throw unauthorized(asked, answer.status);
      throw refused(answer);
    },
  };
}

const SUCCESS = new Set([200, 201, 204]);

/** A token is asked for on behalf of all who wait for it, so one who gives up only stops waiting. */
async function orAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return result;
  signal.throwIfAborted();
  const done = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { signal: done.signal });
  });
  return Promise.race([result, aborted]).finally(() => done.abort());
}

/** Where credentials are not taken, Bitbucket Cloud redirects to such a page (measured by https://github.com/utopia-php/vcs/pull/130). */
function isSignInPage({ headers, url }: Download): boolean {
  return /^text\/html\b/i.test(headers.get('content-type') ?? '') && /sign_?in|login/i.test(url.pathname);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function problemsOf(error: z.core.$ZodError): string {
  const fields = error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join('.') || 'answer'}: ${message}`);
  return fields.join('; ');
}

function unexpected({ server, repositoryPath }: Asked, problem: string): ProvidersError {
  return new ProvidersError(
    'providers/answer-unexpected',
    `${server}'s answer about ${repositoryPath} is not what its API documents: ${problem}. Check "apiUrl" of the connection.`,
  );
}
