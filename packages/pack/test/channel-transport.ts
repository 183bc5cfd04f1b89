import { spawn } from 'node:child_process';
import {
  type Answer,
  type ChannelTransport,
  createChannelTransport as overChannel,
  type Transport,
} from '../src/index.ts';

/** One `git upload-pack` for all requests, as a channel of SSH has it: its answers follow one another without an end. */
export function createChannelTransport(folder: string): ChannelTransport {
  const environment = { PATH: process.env.PATH, GIT_PROTOCOL: 'version=2', GIT_CONFIG_GLOBAL: '/dev/null' };
  return overChannel({
    name: folder,
    open: async () => {
      const git = spawn('git', ['upload-pack', '--strict', folder], {
        env: environment,
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      git.stdin.on('error', () => undefined);
      return {
        chunks: git.stdout[Symbol.asyncIterator](),
        write: (text) => void git.stdin.write(text),
        explainEnd: () => Promise.resolve(undefined),
        close: () => void git.kill(),
      };
    },
  });
}

/** Says the same at every request; keeps what it was asked, and what became of its answers. */
export class SpokenTransport implements Transport {
  readonly name = 'spoken';
  readonly requests: string[] = [];
  finished = 0;
  abandoned = 0;
  readonly #answers: Buffer[];
  readonly #pieceBytes: number;

  constructor(answers: readonly (string | Buffer)[], pieceBytes = 1_000) {
    this.#answers = answers.map((answer) => (typeof answer === 'string' ? Buffer.from(answer, 'latin1') : answer));
    this.#pieceBytes = pieceBytes;
  }

  advertise(): Promise<Answer> {
    return this.request('');
  }

  request(command: string): Promise<Answer> {
    this.requests.push(command);
    const bytes = this.#answers.shift() ?? Buffer.alloc(0);
    let at = 0;
    const next = (): Promise<IteratorResult<Uint8Array>> => {
      const value = bytes.subarray(at, at + this.#pieceBytes);
      at += value.length;
      return Promise.resolve(value.length > 0 ? { done: false, value } : { done: true, value: undefined });
    };
    return Promise.resolve({
      chunks: { next },
      finish: async () => {
        this.finished += 1;
      },
      abandon: () => {
        this.abandoned += 1;
      },
    });
  }
}
