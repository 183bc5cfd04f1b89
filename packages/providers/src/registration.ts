import { CodedError } from '@gitsource/events';
import type { Connection } from '@gitsource/runtime';

/** Makes and keeps up webhooks through a provider's API. */
export interface Registration {
  /**
   * Creates the webhook of a repository, or brings the one with the same URL up to date; never makes a second one.
   * Throws `runtime/api-*` where the server cannot be reached.
   */
  register(request: RegistrationRequest): Promise<RegistrationOutcome>;
}

export interface RegistrationRequest {
  /** With its token as `password`; requests go to its host or `apiUrl` only. */
  readonly connection: Pick<Connection, 'host' | 'apiUrl' | 'password' | 'caCertificate'>;
  /** `acme/shop`, `group/sub/project` */
  readonly repositoryPath: string;
  readonly webhookUrl: string;
  /** What the server is to prove its deliveries with: the connection's, of which it gets one. */
  readonly secrets: readonly [string, ...string[]];
}

/** What became of it. */
export type RegistrationOutcome =
  | {
      /** `unchanged`: all that can be read was right. Servers never show a webhook's secret, so it is set again each time. */
      readonly kind: 'created' | 'updated' | 'unchanged';
      /** The server's ID of the webhook. */
      readonly id: number;
      /** Others of the same URL, which were left alone; each push comes once more for each of them. */
      readonly duplicateIds: readonly number[];
    }
  | {
      readonly kind: 'unauthorized';
      /** What the token needs: `the scope admin:repo_hook, or …`. */
      readonly needed: string;
    }
  | { readonly kind: 'repository-not-found'; readonly needed: string }
  | {
      /** The server did not take it. */
      readonly kind: 'refused';
      readonly status: number;
      /** The server's own words, cut. */
      readonly reason: string;
    };

/** Whether a path is safe in an API's URL: parts between single slashes, none of which is `.` or `..`. */
export function isRepositoryPath(path: string): boolean {
  return path.split('/').every((part) => /^[^\s?#%\\]+$/.test(part) && part !== '.' && part !== '..');
}

/** With or without a slash at the end the receiver is the same, and two webhooks would start each pipeline twice. */
function isSameUrl(one: string | null | undefined, other: string): boolean {
  if (typeof one !== 'string') return false;
  const plain = (url: string) => (URL.canParse(url) ? new URL(url).href : url).replace(/\/+$/, '');
  return plain(one) === plain(other);
}

/** The first webhook of a URL, which is kept, and the others. */
export function findHooks<Hook extends { readonly id: number }>(
  hooks: readonly Hook[],
  urlOf: (hook: Hook) => string | null | undefined,
  webhookUrl: string,
): { readonly kept?: Hook; readonly duplicateIds: number[] } {
  const [kept, ...others] = hooks.filter((hook) => isSameUrl(urlOf(hook), webhookUrl));
  const duplicateIds = others.map(({ id }) => id);
  return kept === undefined ? { duplicateIds } : { kept, duplicateIds };
}

/** A server's answer that is no success, as an outcome. */
export function refusal(
  status: number,
  reason: string,
  needed: { readonly token: string; readonly repository: string },
): RegistrationOutcome {
  if (status === 401 || status === 403) return { kind: 'unauthorized', needed: needed.token };
  if (status === 404) return { kind: 'repository-not-found', needed: needed.repository };
  return { kind: 'refused', status, reason: reason.replace(/\s+/g, ' ').slice(0, MAX_REASON) };
}

const MAX_REASON = 300;

/** Status and words of an API client's error, by shape, as each has its own class; what is no answer of the server is thrown on. */
export function readRefusal(error: unknown): { readonly status: number; readonly message: string } {
  if (!(error instanceof Error)) throw error;
  // Where nothing was answered, a client may wrap the reason as if it were a status 500.
  if (error.cause instanceof CodedError) throw error.cause;
  const status: unknown = Reflect.get(error, 'status');
  if (error instanceof CodedError || typeof status !== 'number') throw error;
  return { status, message: error.message };
}
