import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One invocation handed to a function's process. */
export interface RuntimeInvocation {
  readonly requestId: string;
  readonly payload: Buffer;
  readonly deadlineMs: number;
  readonly functionArn: string;
}

export interface RuntimeAnswer {
  readonly ok: boolean;
  /** The handler's JSON, or `{errorType, errorMessage, trace}`. */
  readonly payload: Buffer;
}

/** The Runtime API of one execution environment: hands out one invocation at a time and takes its answer. */
export class RuntimeApi {
  /** Resolves when the code was loaded, or could not be. */
  readonly ready: Promise<void>;
  readonly #server: Server;
  #setReady: () => void = () => {};
  #invocation: RuntimeInvocation | undefined;
  #waiting: ServerResponse | undefined;
  #answered: ((answer: RuntimeAnswer) => void) | undefined;
  /** Set when the code could not be loaded. */
  #initError: RuntimeAnswer | undefined;

  private constructor() {
    this.ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(): Promise<RuntimeApi> {
    const api = new RuntimeApi();
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  /** `127.0.0.1:PORT` */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get isInitFailed(): boolean {
    return this.#initError !== undefined;
  }

  invoke(invocation: RuntimeInvocation): Promise<RuntimeAnswer> {
    if (this.#initError !== undefined) return Promise.resolve(this.#initError);
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#invocation = invocation;
      this.#handOut();
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, action] = /\/runtime\/(?:invocation\/)?(.+)$/.exec(request.url ?? '') ?? [];
    if (action === 'next') {
      this.#setReady();
      this.#waiting = response;
      this.#handOut();
      return;
    }
    const payload = Buffer.concat(await request.toArray());
    response.writeHead(202).end();
    const answer = { ok: action?.endsWith('/response') === true, payload };
    if (action === 'init/error') {
      this.#initError = answer;
      this.#setReady();
    }
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(answer);
  }

  #handOut(): void {
    const invocation = this.#invocation;
    const response = this.#waiting;
    if (invocation === undefined || response === undefined) return;
    this.#invocation = undefined;
    this.#waiting = undefined;
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': invocation.requestId,
      'lambda-runtime-deadline-ms': String(invocation.deadlineMs),
      'lambda-runtime-invoked-function-arn': invocation.functionArn,
    });
    response.end(invocation.payload);
  }
}
