import { needsGit, type SourceForm } from './choose-way.ts';
import type { LaneNote } from './lane-note.ts';

/** `function`: seconds, without git. `build`: a container with everything that git can. */
export type Lane = 'function' | 'build';

export interface LaneChoice {
  readonly lane: Lane;
  /** For the log: `GitLfs is "true"`. */
  readonly why: string;
}

export interface LaneFacts {
  /** Absent where it is wrong: the function says so soonest. */
  readonly configuration?: SourceForm | undefined;
  /** What the stack has; one of them at least. */
  readonly lanes: { readonly function: boolean; readonly build: boolean };
  readonly note?: Pick<LaneNote, 'why'> | undefined;
}

/** Decides by what is known before anything is fetched. What is seen later, the function hands over. */
export function chooseLane({ configuration, lanes, note }: LaneFacts): LaneChoice {
  if (!lanes.function) return { lane: 'build', why: 'the stack has no other lane' };
  if (!lanes.build) return { lane: 'function', why: 'the stack has no other lane' };
  if (configuration === undefined) return { lane: 'function', why: 'the configuration is to be refused' };
  const why = needsGit(configuration);
  if (why !== undefined) return { lane: 'build', why };
  if (note !== undefined) return { lane: 'build', why: `learnt from the last time: ${note.why}` };
  return { lane: 'function', why: 'nothing speaks against it' };
}
