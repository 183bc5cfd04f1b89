import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeProgram } from '../files/node-program.ts';
import { exitReason } from './exit-reason.ts';
import { MemoryWatch } from './memory-watch.ts';
import { writeRapidClient } from './rapid-client.ts';
import { ScratchFolder } from './scratch-folder.ts';

/** The last output of a killed process is waited for so long; one that it started may hold on to it. */
const MAX_OUTPUT_MS = 200;

export interface FunctionProcessParts {
  /** Where the service keeps its files. */
  readonly folder: string;
  readonly taskRoot: string;
  readonly memorySizeMb: number;
  readonly storageMb: number;
  readonly environment: (scratchFolder: string) => Readonly<Record<string, string>>;
  /** Takes each line of output. */
  readonly tell: (line: string) => void;
}

/** A process of AWS's runtime client, killed when it takes more memory than its function may. */
export class FunctionProcess {
  /** How it ended: `exit status 3`, `signal: killed`. */
  readonly died: Promise<string>;
  readonly memory: MemoryWatch;
  readonly #child: ChildProcess;
  readonly #scratch: ScratchFolder;
  readonly #outputEnded: Promise<void>;
  #isEnding = false;

  private constructor(child: ChildProcess, scratch: ScratchFolder, memorySizeMb: number) {
    this.#child = child;
    this.#scratch = scratch;
    this.memory = new MemoryWatch(child.pid, memorySizeMb, () => this.kill());
    this.died = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(exitReason(code, signal)));
    });
    this.#outputEnded = new Promise((resolve) => child.once('close', () => resolve()));
    void this.died.then(() => {
      this.#isEnding = true;
      this.memory.pause();
    });
  }

  static async start(parts: FunctionProcessParts): Promise<FunctionProcess> {
    const { folder, taskRoot, memorySizeMb, storageMb, environment, tell } = parts;
    const scratch = await ScratchFolder.create(folder, storageMb);
    const [program, args] = scratch.command(nodeProgram(), ['--require', writeRapidClient(folder), runtimeClient()]);
    const child = spawn(program, args, {
      cwd: taskRoot,
      env: environment(scratch.path),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) follow(stream, tell);
    return new FunctionProcess(child, scratch, memorySizeMb);
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  kill(): void {
    this.#isEnding = true;
    this.#child.kill('SIGKILL');
  }

  /** Kills it, waits for its last output and removes what it left. */
  async end(): Promise<void> {
    this.kill();
    await this.died;
    await Promise.race([this.#outputEnded, sleep(MAX_OUTPUT_MS, undefined, { ref: false })]);
    await this.#scratch.remove();
  }
}

function runtimeClient(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('aws-lambda-ric/package.json')), 'index.mjs');
}

function follow(stream: Readable | null, tell: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', tell);
}
