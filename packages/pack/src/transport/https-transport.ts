import type { GitUrl } from '@gitsource/events';
import { createOutgoingDownload, type Download, type HttpProxy, type OutgoingDownload } from '@gitsource/runtime';
import { PackError } from '../errors.ts';
import { type RunningLimits, startLimits, type TimeLimits } from './time-limits.ts';
import type { Answer, Transport } from './transport.ts';

export interface HttpsTransportOptions extends TimeLimits {
  /** Of kind `https`. */
  readonly url: GitUrl;
  readonly credentials?: { readonly username: string; readonly password: string };
  /** PEM of a private authority, trusted beside the public ones. */
  readonly caCertificate?: string;
  /** As `findProxy` of the runtime package finds it. Default: none. */
  readonly proxy?: HttpProxy;
  readonly signal?: AbortSignal;
}

/** Some servers answer only what calls itself git. */
const HEADERS = { 'user-agent': 'git/gitsource (pack)', 'git-protocol': 'version=2' };
const SERVICE = 'git-upload-pack';
/** The longest that a timer can wait. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * Git's smart HTTP. A redirect of the first request is followed on the same scheme, host and port only, and then holds for
 * all (a server that adds `.git`). Rejects with `pack/access-refused`, `pack/repository-not-found`, `pack/redirected`,
 * `pack/server-failed`, `pack/timeout`, `runtime/api-unreachable`, `-certificate-untrusted`, `-redirected`,
 * `runtime/download-truncated`, `runtime/proxy-refused`, `-unauthorized`, and the signal's reason.
 * https://git-scm.com/docs/http-protocol
 */
export function createHttpsTransport(options: HttpsTransportOptions): Transport {
  const { url, caCertificate, proxy } = options;
  const limits = startLimits(url.text, options, options.signal);
  const { signal, waitFor } = limits;
  let repository = new URL(url.text.replace(/\/+$/, ''));
  const { origin } = repository;
  const download = createOutgoingDownload({
    baseUrl: origin,
    // The clocks of the transport are the ones that count.
    answerTimeoutMs: NEVER_MS,
    idleTimeoutMs: NEVER_MS,
    ...(caCertificate !== undefined && { caCertificate }),
    ...(proxy !== undefined && { proxy }),
  });
  const headers = { ...HEADERS, ...authorization(options) };
  const send = async (path: string, init: Parameters<OutgoingDownload>[1]) => {
    const answer = await waitFor(download(`${repository.href}${path}`, { ...init, signal }));
    const failure = refusal(url.text, origin, answer);
    if (failure === undefined) return answer;
    answer.discard();
    throw failure;
  };
  return {
    name: url.text,
    async advertise() {
      const suffix = '/info/refs';
      const answer = await send(`${suffix}?service=${SERVICE}`, { headers });
      const { pathname } = answer.url;
      if (pathname.endsWith(suffix)) repository = new URL(pathname.slice(0, -suffix.length), origin);
      return toAnswer(answer, limits);
    },
    async request(command) {
      const types = { 'content-type': `application/x-${SERVICE}-request`, accept: `application/x-${SERVICE}-result` };
      // It changes nothing on the server, so it may be sent again where nothing was answered.
      const init = { method: 'POST', body: command, headers: { ...headers, ...types }, isRepeatable: true };
      return toAnswer(await send(`/${SERVICE}`, init), limits);
    },
  };
}

function authorization({ credentials }: HttpsTransportOptions): Record<string, string> {
  if (credentials === undefined) return {};
  const encoded = Buffer.from(`${credentials.username}:${credentials.password}`, 'utf8').toString('base64');
  return { authorization: `Basic ${encoded}` };
}

function refusal(name: string, origin: string, { status, url }: Download): PackError | undefined {
  if (url.origin !== origin) {
    const advice = 'Use the URL of the server itself';
    return new PackError('pack/redirected', `${name} is redirected to another server, ${url.origin}. ${advice}.`);
  }
  if (status === 200) return undefined;
  if (status === 401 || status === 403) {
    const advice = 'Check user name, password or token, and their rights';
    return new PackError('pack/access-refused', `${name} refused access (${status}). ${advice}.`);
  }
  if (status === 404 || status === 410) {
    const advice = 'Check the URL, and that the credentials may read it';
    return new PackError('pack/repository-not-found', `${name} is no repository, or is hidden (${status}). ${advice}.`);
  }
  const message = `${name} answered with HTTP status ${status}. Try again later.`;
  return new PackError('pack/server-failed', message, { retryable: status === 429 || status >= 500 });
}

function toAnswer(answer: Download, { waitFor }: RunningLimits): Answer {
  return {
    chunks: { next: () => waitFor(answer.body.next()) },
    async finish() {
      // Read to its end, the connection can be used again.
      const { done } = await waitFor(answer.body.next());
      if (done !== true) answer.discard();
    },
    abandon: () => answer.discard(),
  };
}
