import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../cloud/cloud.ts';
import type { Principal } from '../cloud/principal.ts';
import { ServiceError } from '../cloud/service.ts';

/** How an invocation by a front door ended. */
export type FunctionOutcome =
  | { readonly kind: 'answered'; readonly payload: Buffer }
  | { readonly kind: 'function-error'; readonly reason: string }
  /** Lambda did not run it: denied, gone, too large, no concurrency left. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  | { readonly kind: 'timeout' };

export interface FunctionCall {
  readonly principal: Principal;
  readonly functionArn: string;
  readonly event: object;
  readonly timeoutMs: number;
}

/** Invokes a function and waits at most `timeoutMs`; a function that takes longer goes on, as on AWS. */
export async function invokeFunction(cloud: Cloud, call: FunctionCall): Promise<FunctionOutcome> {
  const waiting = new AbortController();
  const late = sleep(call.timeoutMs, { kind: 'timeout' } as const, { signal: waiting.signal });
  // Aborted when the function was faster: nobody waits for it any more.
  late.catch(() => undefined);
  try {
    return await Promise.race([invoke(cloud, call), late]);
  } finally {
    waiting.abort();
  }
}

async function invoke(cloud: Cloud, { principal, functionArn, event }: FunctionCall): Promise<FunctionOutcome> {
  try {
    const output = await cloud.call<{ Payload?: Uint8Array; FunctionError?: string }>(principal, 'lambda', 'Invoke', {
      FunctionName: functionArn,
      Payload: Buffer.from(JSON.stringify(event)),
    });
    const payload = Buffer.from(output.Payload ?? []);
    if (output.FunctionError === undefined) return { kind: 'answered', payload };
    return { kind: 'function-error', reason: `The function failed (${output.FunctionError}): read its log.` };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { kind: 'refused', code: error.code, reason: error.message };
  }
}
