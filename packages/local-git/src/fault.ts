import { Transform } from 'node:stream';

/** How the servers misbehave, for tests of a client's errors and timeouts. */
export type Fault =
  /** Connections are closed at once. */
  | { readonly kind: 'refuse' }
  /** Connections are accepted and never answered. */
  | { readonly kind: 'hang' }
  /** Git's answer trickles. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Git's answer ends after this many bytes and the connection is closed. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** Protocol version 2 is not spoken, as by an old server. */
  | { readonly kind: 'protocol-v0' }
  /** HTTPS only: this status instead of an answer. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** What stands between git's output and the client: a throttle, a cut, or nothing special. */
export function createFaultStream(fault: Fault | undefined, cut: () => void): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (fault?.kind === 'slow') {
        setTimeout(() => done(null, chunk), (chunk.length / fault.bytesPerSecond) * 1000).unref();
        return;
      }
      if (fault?.kind === 'truncate' && passed + chunk.length > fault.afterBytes) {
        this.push(chunk.subarray(0, fault.afterBytes - passed));
        setImmediate(cut);
        return;
      }
      passed += chunk.length;
      done(null, chunk);
    },
  });
}
