import type { ByteChannel } from './byte-channel.ts';
import { startLimits, type TimeLimits } from './time-limits.ts';
import type { Answer, Transport } from './transport.ts';

export interface ChannelTransportOptions extends TimeLimits {
  /** `git@git.example.com:team/app.git`, for messages. */
  readonly name: string;
  /** Opens the channel, once; the signal ends a connection that is being made. */
  readonly open: (signal: AbortSignal) => Promise<ByteChannel>;
  /** Ends everything; its reason is what a pending read rejects with. */
  readonly signal?: AbortSignal;
}

export interface ChannelTransport extends Transport {
  /** To be called when nothing more is read, unless the signal says so. */
  readonly close: () => void;
}

/**
 * One channel for all requests, opened when it is needed first: answers follow one another without an end. Rejects with what
 * the channel throws, with `pack/timeout`, and with the signal's reason.
 */
export function createChannelTransport(options: ChannelTransportOptions): ChannelTransport {
  const { name, open } = options;
  const { signal, waitFor, end } = startLimits(name, options, options.signal);
  let opening: Promise<ByteChannel> | undefined;
  const channel = () => {
    opening ??= openUntil(open, signal);
    return waitFor(opening);
  };
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const { chunks, explainEnd } = await channel();
    const step = await waitFor(chunks.next());
    if (step.done !== true) return step;
    const reason = await waitFor(explainEnd());
    if (reason !== undefined) throw reason;
    return step;
  };
  const answer: Answer = { chunks: { next }, finish: () => Promise.resolve(), abandon: end };
  return {
    name,
    close: end,
    advertise: async () => {
      await channel();
      return answer;
    },
    request: async (command) => {
      const { write } = await channel();
      write(command);
      return answer;
    },
  };
}

/** A channel that ends with the signal, also where the signal was faster than the channel. */
async function openUntil(open: ChannelTransportOptions['open'], signal: AbortSignal): Promise<ByteChannel> {
  signal.throwIfAborted();
  const channel = await open(signal);
  if (signal.aborted) channel.close();
  else signal.addEventListener('abort', () => channel.close(), { once: true });
  return channel;
}
