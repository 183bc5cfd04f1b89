export { chooseLane, type Lane, type LaneChoice, type LaneFacts } from './choose-lane.ts';
export { LanesError, type LanesErrorCode } from './errors.ts';
export {
  forgetLaneNote,
  type LaneNote,
  type LaneNotes,
  laneNotesPathVariable,
  readLaneNote,
  writeLaneNote,
} from './lane-note.ts';
export { type BuildStart, JOB_ID_VARIABLE, startBuild } from './start-build.ts';
