import { createHash } from 'node:crypto';
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { GitUrl } from '@gitsource/events';
import type { EnvVariable } from '@gitsource/runtime';
import * as z from 'zod/mini';

/** What was learnt of a repository that a function handed over. */
export interface LaneNote {
  /** `git.example.com/team/app`. */
  readonly repository: string;
  readonly why: string;
  /** What had come of it by then; 0 where its size was not the reason. */
  readonly bytes: number;
  /** ISO 8601. */
  readonly at: string;
}

/** Where notes are kept: one parameter for each repository that has one. */
export interface LaneNotes {
  readonly ssm: Pick<SSMClient, 'send'>;
  /** `/gitsource/my-stack/lanes`. */
  readonly path: string;
}

/** The variable `LANE_NOTES_PATH` of all who learn, ask and forget. */
export const laneNotesPathVariable = {
  kind: 'text',
  meaning: 'path of the SSM parameters that say which repositories were handed over; without it, nothing is learnt',
  pattern: /^(?:\/[A-Za-z0-9_.-]+)+$/,
  optional: true,
} as const satisfies EnvVariable;

const schema = z.object({ repository: z.string(), why: z.string(), bytes: z.number(), at: z.iso.datetime() });

/** After so long a repository is tried again, whatever was learnt. */
const MAX_AGE_MS = 30 * 24 * 60 * 60_000;
/** A note saves seconds; it must not cost them. */
const TIMEOUT_MS = 2_000;
/** From here on a repository has shrunk, and the function tries it again. */
const SHRUNK_TO = 0.5;

/** The note of a repository, unless it is old; `undefined` also where it cannot be read, of which `tell` is told. */
export async function readLaneNote(
  { ssm, path }: LaneNotes,
  gitUrl: GitUrl,
  nowMs: number,
  tell: (problem: string) => void,
): Promise<LaneNote | undefined> {
  try {
    const command = new GetParameterCommand({ Name: nameOf(path, gitUrl) });
    const { Parameter } = await ssm.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
    const note = schema.safeParse(parseJson(Parameter?.Value ?? ''));
    // Names are hashed, so another repository's note would be a forgery or a mistake.
    if (!note.success || note.data.repository !== repositoryOf(gitUrl)) return undefined;
    return nowMs - Date.parse(note.data.at) < MAX_AGE_MS ? note.data : undefined;
  } catch (error) {
    if (!isAbsent(error)) tell(`The lane's note cannot be read: ${textOf(error)}`);
    return undefined;
  }
}

/** Notes that a function handed a repository over. Whatever fails is told, and not thrown. */
export async function writeLaneNote(
  { ssm, path }: LaneNotes,
  gitUrl: GitUrl,
  { why, bytes, nowMs }: Pick<LaneNote, 'why' | 'bytes'> & { readonly nowMs: number },
  tell: (problem: string) => void,
): Promise<void> {
  const note: LaneNote = { repository: repositoryOf(gitUrl), why, bytes, at: new Date(nowMs).toISOString() };
  const parameter = { Name: nameOf(path, gitUrl), Type: 'String', Overwrite: true } as const;
  try {
    const command = new PutParameterCommand({ ...parameter, Value: JSON.stringify(note) });
    await ssm.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    tell(`The lane's note cannot be written: ${textOf(error)}`);
  }
}

/** Forgets the note of a repository whose artifact has shrunk to half of what was too much. Says whether it did. */
export async function forgetLaneNote(
  notes: LaneNotes,
  gitUrl: GitUrl,
  { bytes, nowMs }: { readonly bytes: number; readonly nowMs: number },
  tell: (problem: string) => void,
): Promise<boolean> {
  const note = await readLaneNote(notes, gitUrl, nowMs, tell);
  if (note === undefined || note.bytes === 0 || bytes > note.bytes * SHRUNK_TO) return false;
  try {
    const command = new DeleteParameterCommand({ Name: nameOf(notes.path, gitUrl) });
    await notes.ssm.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
    return true;
  } catch (error) {
    if (!isAbsent(error)) tell(`The lane's note cannot be removed: ${textOf(error)}`);
    return false;
  }
}

function repositoryOf({ host, port, repositoryPath }: GitUrl): string {
  return `${host}${port === undefined ? '' : `:${port}`}/${repositoryPath}`;
}

/** A parameter's name has fewer characters than a path may have. */
function nameOf(path: string, gitUrl: GitUrl): string {
  return `${path}/${createHash('sha256').update(repositoryOf(gitUrl)).digest('hex').slice(0, 32)}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && error.name === 'ParameterNotFound';
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
