import { CodedError } from '@gitsource/events';
import { parseHttpRequest } from '@gitsource/runtime';
import type { Config } from './config.ts';
import type { Ports } from './ports.ts';
import { MAX_BODY_BYTES, receiveDelivery } from './receive-delivery.ts';
import { FAILED, type Reply } from './reply.ts';

/** HTTP event in, fixed reply out; what failed for a reason of ours is a 500, so that the sender delivers again. */
export function createHandler(ports: Ports, config: Config): (event: unknown) => Promise<Reply> {
  return async (event) => {
    try {
      return await receiveDelivery(ports, config, parseHttpRequest(event, MAX_BODY_BYTES));
    } catch (error) {
      const code = error instanceof CodedError ? error.code : undefined;
      ports.log.error('delivery failed', { outcome: 'failed', ...(code !== undefined && { code }), error });
      return FAILED;
    }
  };
}
