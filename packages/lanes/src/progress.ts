import type { GitUrl } from '@gitsource/events';

/** What is known of the work so far, for whoever takes it over, learns from it or measures it. */
export interface Progress {
  gitUrl?: GitUrl;
  /** What came from the server, by the pack. */
  packBytes: number;
  /** 0 until it is uploaded. */
  artifactBytes: number;
}
