import { createHash, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from './fault.ts';

export type Access = 'private' | 'public';

interface Stored {
  /** `type base64`, without the comment. */
  keys: string[];
  users: Record<string, string>;
  access: Record<string, Access>;
}

/** Who may read what, kept in `state.json` so that a restart over the same folder serves the same people. */
export class ServerState {
  fault: Fault | undefined;
  readonly folder: string;
  /** Keys that a person let in, in the form of OpenSSH's `authorized_keys`; read anew for every client, and may be missing. */
  readonly authorizedKeysFile: string;
  readonly #file: string;
  readonly #stored: Stored;

  constructor(folder: string) {
    mkdirSync(join(folder, 'repositories'), { recursive: true, mode: 0o700 });
    this.folder = folder;
    this.authorizedKeysFile = join(folder, 'authorized_keys');
    this.#file = join(folder, 'state.json');
    this.#stored = existsSync(this.#file)
      ? (JSON.parse(readFileSync(this.#file, 'utf8')) as Stored)
      : { keys: [], users: {}, access: {} };
  }

  get repositoriesFolder(): string {
    return join(this.folder, 'repositories');
  }

  allowKey(publicKey: string): void {
    const key = publicKey.trim().split(/\s+/).slice(0, 2).join(' ');
    if (!this.#stored.keys.includes(key)) this.#stored.keys.push(key);
    this.#save();
  }

  hasKey(type: string, blob: Buffer): boolean {
    const key = `${type} ${blob.toString('base64')}`;
    return this.#stored.keys.includes(key) || this.#authorizedKeys().includes(key);
  }

  allowUser(user: string, password: string): void {
    this.#stored.users[user] = password;
    this.#save();
  }

  hasUser(user: string, password: string): boolean {
    const expected = this.#stored.users[user];
    return expected !== undefined && timingSafeEqual(digest(expected), digest(password));
  }

  setAccess(name: string, access: Access): void {
    this.#stored.access[name] = access;
    this.#save();
  }

  isPublic(name: string): boolean {
    return this.#stored.access[name] === 'public';
  }

  /** The bare repository behind a path such as `/team/app.git` or `team/app`, if there is one below the folder. */
  findRepository(path: string): { readonly name: string; readonly folder: string } | undefined {
    const name = path
      .replace(/^\/+/, '')
      .replace(/\/+$/, '')
      .replace(/\.git$/, '');
    if (!isRepositoryName(name)) return undefined;
    const folder = join(this.repositoriesFolder, `${name}.git`);
    return existsSync(join(folder, 'HEAD')) ? { name, folder } : undefined;
  }

  #authorizedKeys(): string[] {
    if (!existsSync(this.authorizedKeysFile)) return [];
    const lines = readFileSync(this.authorizedKeysFile, 'utf8').split('\n');
    return lines.map((line) => line.trim().split(/\s+/).slice(0, 2).join(' '));
  }

  #save(): void {
    const temporary = `${this.#file}.new`;
    writeFileSync(temporary, `${JSON.stringify(this.#stored, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, this.#file);
  }
}

/** Segments of letters, digits, `.`, `_`, `-` and spaces, as some servers have them; none starts with a dot, a dash or a space. */
export function isRepositoryName(name: string): boolean {
  return /^[A-Za-z0-9_~][\w.~ -]*(?:\/[A-Za-z0-9_][\w.~ -]*)*$/.test(name);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
