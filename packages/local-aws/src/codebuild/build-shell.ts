import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { BuildFailure } from './build-failure.ts';

/** Longer lines are cut into log events of this size. */
const MAX_LINE_CHARACTERS = 100_000;
/** What a process wrote just before it ended may still be in the pipe. */
const DRAIN_MS = 200;
/** Exit status of a process that SIGKILL ended, as a shell tells it. */
const KILLED = 137;

// Commands come on descriptor 3, ends are told on 4 (the same pipe as the output, so that their order holds). Neither
// is open in the commands. On `exit` the trap keeps what the next shell starts with.
const DRIVER = `exec 4>&1 2>&1
__NONCE=$1 __STATE=$2; shift 2
__state() { command env -0 > "$__STATE.env" 4>&- 3<&-; command pwd > "$__STATE.cwd"; }
trap __state EXIT
while IFS= read -r -d '' __command <&3; do
  eval "$__command" 3<&- 4>&-
  printf '\\0%s:%s\\0' "$__NONCE" "$?" >&4
done`;

export interface ShellParts {
  readonly kind: 'sh' | 'bash';
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where the shell keeps its own files. */
  readonly scratch: string;
  readonly line: (line: string) => void;
}

/**
 * The shell of one build. As in buildspec 0.2, all commands run in one instance: `cd` and variables stay. A command
 * that ends the shell (`exit`) fails its phase or not by its status, and the next starts where that one was.
 */
export class BuildShell {
  readonly #parts: ShellParts;
  readonly #nonce = randomBytes(12).toString('hex');
  readonly #state: string;
  #environment: Readonly<Record<string, string>>;
  #folder: string;
  #child: ChildProcess | undefined;
  #text = '';
  #ended: (status: number) => void = () => {};
  #isKilled = false;

  constructor(parts: ShellParts) {
    this.#parts = parts;
    this.#environment = parts.environment;
    this.#folder = parts.folder;
    this.#state = join(parts.scratch, 'shell');
  }

  /** Exit status of the command; 137 when killed. */
  async run(command: string): Promise<number> {
    if (this.#isKilled) return KILLED;
    this.#child ??= this.#start();
    const { stdio } = this.#child;
    const status = new Promise<number>((resolve) => {
      this.#ended = resolve;
    });
    (stdio[3] as Writable).write(`${command}\0`);
    return status;
  }

  /** Exported variables as the commands left them. */
  async variables(): Promise<ReadonlyMap<string, string>> {
    if (this.#child !== undefined) await this.run('__state');
    return this.#child === undefined ? new Map(Object.entries(this.#environment)) : this.#readEnvironment();
  }

  /** Ends the shell and all it started. */
  kill(): void {
    this.#isKilled = true;
    killGroup(this.#child);
  }

  #start(): ChildProcess {
    const child = spawn('bash', ['-c', DRIVER, this.#parts.kind, this.#nonce, this.#state], {
      // As sh, bash keeps to POSIX, as the shell of the images does.
      argv0: this.#parts.kind,
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const decoder = new StringDecoder('utf8');
    child.stdout?.on('data', (bytes: Buffer) => this.#take(decoder.write(bytes)));
    // Only what bash says before the driver runs; the rest goes through stdout.
    child.stderr?.on('data', (bytes: Buffer) => this.#take(bytes.toString()));
    // The shell may be gone while a command is written to it; its end is told by `exit`.
    child.stdio[3]?.on('error', () => {});
    child.once('error', (error) => this.#gone(child, 127, String(error)));
    let status = KILLED;
    let timer: NodeJS.Timeout | undefined;
    child.once('exit', (code) => {
      status = code ?? KILLED;
      // Something that the shell left in the background may hold the pipe open.
      timer = setTimeout(() => this.#gone(child, status), DRAIN_MS);
    });
    child.once('close', () => {
      clearTimeout(timer);
      this.#gone(child, status);
    });
    return child;
  }

  #gone(child: ChildProcess, status: number, why = ''): void {
    if (this.#child !== child) return;
    killGroup(child);
    this.#take(why);
    this.#flush();
    this.#child = undefined;
    this.#environment = Object.fromEntries(this.#readEnvironment());
    this.#folder = readOr(`${this.#state}.cwd`, this.#folder).trimEnd();
    this.#ended(status);
  }

  #take(text: string): void {
    this.#text += text;
    const mark = `\0${this.#nonce}:`;
    for (;;) {
      const at = this.#text.indexOf(mark);
      const end = at === -1 ? -1 : this.#text.indexOf('\0', at + mark.length);
      if (end === -1) break;
      const status = Number(this.#text.slice(at + mark.length, end));
      const rest = this.#text.slice(end + 1);
      this.#text = this.#text.slice(0, at);
      this.#lines();
      this.#flush();
      this.#text = rest;
      this.#ended(status);
    }
    this.#lines();
  }

  #lines(): void {
    const lines = this.#text.split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#tell(line);
    // A mark that is still arriving is never this long.
    if (this.#text.length > MAX_LINE_CHARACTERS && !this.#text.includes('\0')) this.#flush();
  }

  #flush(): void {
    if (this.#text !== '') this.#tell(this.#text);
    this.#text = '';
  }

  #tell(line: string): void {
    for (let at = 0; at < Math.max(line.length, 1); at += MAX_LINE_CHARACTERS) {
      this.#parts.line(line.slice(at, at + MAX_LINE_CHARACTERS));
    }
  }

  #readEnvironment(): ReadonlyMap<string, string> {
    const text = readOr(`${this.#state}.env`, '');
    if (text === '') return new Map(Object.entries(this.#environment));
    const entries = text.split('\0').flatMap((entry): [string, string][] => {
      const at = entry.indexOf('=');
      return at < 1 ? [] : [[entry.slice(0, at), entry.slice(at + 1)]];
    });
    return new Map(entries.filter(([name]) => name !== '_'));
  }
}

/** What BatchGetBuilds says about a failed command. */
export function commandFailure(command: string, status: number): BuildFailure {
  return new BuildFailure(
    'COMMAND_EXECUTION_ERROR',
    `Error while executing command: ${command.trimEnd()}. Reason: exit status ${status}`,
  );
}

function killGroup(child: ChildProcess | undefined): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}
