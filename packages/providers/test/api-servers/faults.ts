import type { ServerResponse } from 'node:http';

/** Something that goes wrong, before what is sent has an effect; each is used up by `times` requests, by default one. */
export type ApiFault = {
  /** Which requests: those for zips, those for all else, or all. Default `all`. */
  readonly on?: 'archive' | 'api' | 'all';
  /** Only those whose path and query match. */
  readonly url?: RegExp;
  readonly times?: number;
} & (
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      /** Default: what must never be shown. */
      readonly message?: string;
    }
  /** A page instead of a zip, with status 200. */
  | { readonly kind: 'html' }
  /** Half of the zip, then the connection is cut. */
  | { readonly kind: 'truncate' }
  /** Half of the zip, then silence. */
  | { readonly kind: 'stall' }
  /** Half of the zip, silence for so long, then the rest. */
  | { readonly kind: 'pause'; readonly ms: number }
  /** All of the zip, with other bytes in its middle. */
  | { readonly kind: 'corrupt' }
  /** No answer at all. */
  | { readonly kind: 'silent' }
  /** The connection is closed without an answer. */
  | { readonly kind: 'reset' }
  /** As `reset`, after what was sent has had its effect. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
);

/** The faults that are not used up. */
export interface Faults {
  add(fault: ApiFault): void;
  /** The first that fits a request. */
  take(isArchive: boolean, url: string): ApiFault | undefined;
  /** Before all others, for the next request that asks for a zip by a link. */
  addToLink(fault: ApiFault): void;
  clear(): void;
}

export function createFaults(): Faults {
  const faults: { fault: ApiFault; left: number }[] = [];
  return {
    add: (fault) => faults.push({ fault, left: fault.times ?? 1 }),
    addToLink: (fault) => faults.unshift({ fault: { ...fault, on: 'archive', url: /^$/ }, left: 1 }),
    take(isArchive, url) {
      const fits = ({ on = 'all', url: pattern }: ApiFault) =>
        (on === 'all' || (on === 'archive') === isArchive) && (pattern?.test(url) ?? true);
      const found = faults.find(({ fault, left }) => left > 0 && fits(fault));
      if (found !== undefined) found.left--;
      return found?.fault;
    },
    clear: () => {
      faults.length = 0;
    },
  };
}

/** Whether the fault was the whole answer. */
export function misbehave(fault: ApiFault, response: ServerResponse): boolean {
  if (fault.kind === 'silent') return true;
  if (fault.kind === 'reset' || fault.kind === 'lost') response.destroy();
  else if (fault.kind === 'redirect') response.writeHead(fault.status ?? 302, { location: fault.location }).end();
  else if (fault.kind === 'status') {
    const headers = { 'content-type': 'application/json', ...fault.headers };
    const { message = 'the-body-of-the-server' } = fault;
    response.writeHead(fault.status, headers).end(JSON.stringify({ message }));
  } else if (fault.kind === 'html') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>the-body-of-the-server');
  } else return false;
  return true;
}
