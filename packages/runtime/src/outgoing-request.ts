import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import { RuntimeError } from './errors.ts';

/** One request on its way out. */
export interface Call {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** PEM of a private authority, trusted beside the public ones. */
  readonly caCertificate?: string | undefined;
  /** Goes through a proxy where the URL is of HTTPS. */
  readonly agent?: Agent | undefined;
}

/** A time limit beside the caller's own signal. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Ends the limit; the caller's signal stays. */
  clear(): void;
  /** Why a request failed: the caller's reason, `runtime/api-timeout`, `-certificate-untrusted`, `-unreachable`, or the proxy's. */
  explain(call: Call, error: Error): unknown;
}

export function startDeadline(timeoutMs: number, caller?: AbortSignal): Deadline {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  return {
    signal: caller === undefined ? limit.signal : AbortSignal.any([caller, limit.signal]),
    clear: () => clearTimeout(timer),
    explain: (call, error) => {
      if (caller?.aborted === true) return caller.reason;
      if (limit.signal.aborted) return timedOut(call);
      if (error instanceof RuntimeError) return error;
      return isCertificateFailure(error) ? untrusted(call, error) : unreachable(call, error);
    },
  };
}

/** Sends once; the answer is given when its headers have come. Rejects with what the deadline explains. */
export function send(call: Call, deadline: Deadline): Promise<IncomingMessage> {
  const { body, caCertificate, method, url } = call;
  const agent = call.agent === undefined || url.protocol === 'http:' ? {} : { agent: call.agent };
  const ca = caCertificate === undefined ? {} : { ca: [...rootCertificates, caCertificate] };
  const headers = { 'user-agent': USER_AGENT, ...call.headers };
  const start = url.protocol === 'http:' ? httpRequest : httpsRequest;
  return new Promise((resolve, reject) => {
    const request = start(url, { method, headers, signal: deadline.signal, ...agent, ...ca }, resolve);
    const fail = (error: Error) => reject(deadline.explain(call, error));
    request.on('error', fail);
    // A request that still waits for its tunnel says nothing of its own when it is ended.
    deadline.signal.addEventListener('abort', () => fail(new Error('ended')), { once: true });
    request.end(body);
  });
}

/** GitHub refuses requests without one. https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api */
const USER_AGENT = 'gitsource';

/** Whether a URL is on the base's server, at its path or below, and names no user. */
export function isBelow(url: URL, base: URL): boolean {
  const path = base.pathname.replace(/\/*$/, '/');
  return (
    url.origin === base.origin && `${url.pathname}/`.startsWith(path) && url.username === '' && url.password === ''
  );
}

export function toHeaders({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  return headers;
}

export function timedOut(call: Call, what = 'was not answered in time; try again'): RuntimeError {
  return failure(call, 'runtime/api-timeout', what);
}

/** What OpenSSL says of a certificate, and Node.js of its name. https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE_CODES =
  /^(?:CERT_|CRL_|UNABLE_TO_(?:GET|DECRYPT|DECODE|VERIFY)_|(?:DEPTH_ZERO_)?SELF_SIGNED_CERT|INVALID_(?:CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$|ERR_TLS_CERT_)/;

function isCertificateFailure(error: Error): boolean {
  return CERTIFICATE_CODES.test(reasonOf(error));
}

function untrusted(call: Call, error: Error): RuntimeError {
  const advice =
    'Put the PEM of the authority that signed it into the connection\'s "caCertificate", and check that it names this host and is in date';
  const what = `was not sent: the server's TLS certificate is not trusted (${reasonOf(error)}). ${advice}`;
  return failure(call, 'runtime/api-certificate-untrusted', what, error);
}

function unreachable(call: Call, error: Error): RuntimeError {
  const advice = 'Check the connection\'s "host" and "apiUrl", and the network';
  return failure(call, 'runtime/api-unreachable', `reached no server (${reasonOf(error)}). ${advice}`, error);
}

/** `ECONNRESET`; an error's own message may say more than a log should hold. */
export function reasonOf(error: Error): string {
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : error.name;
}

/** Method and URL without its query, which may hold a token, and what became of it. */
export function failure(
  { method, url }: Call,
  code: RuntimeError['code'],
  what: string,
  cause?: unknown,
): RuntimeError {
  return new RuntimeError(code, `${method} ${url.origin}${url.pathname} ${what}.`, { cause });
}
