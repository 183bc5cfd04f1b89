import { spawn } from 'node:child_process';
import type { Answer, Transport } from '../src/index.ts';

/** One `git upload-pack` for all requests, as a channel of SSH has it: its answers follow one another without an end. */
export function createChannelTransport(folder: string): Transport & { readonly close: () => void } {
  const environment = { PATH: process.env.PATH, GIT_PROTOCOL: 'version=2', GIT_CONFIG_GLOBAL: '/dev/null' };
  const git = spawn('git', ['upload-pack', '--strict', folder], {
    env: environment,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  git.stdin.on('error', () => undefined);
  const chunks: AsyncIterator<Uint8Array> = git.stdout[Symbol.asyncIterator]();
  const answer: Answer = { chunks, finish: () => Promise.resolve(), abandon: () => void git.kill() };
  return {
    name: folder,
    advertise: () => Promise.resolve(answer),
    request: (command) => {
      git.stdin.write(command);
      return Promise.resolve(answer);
    },
    close: () => void git.kill(),
  };
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
