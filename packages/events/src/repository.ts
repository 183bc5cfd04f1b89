/** A repository as its provider names it. */
export interface Repository {
  /** `git.example.com`. */
  readonly host: string;
  /** `group/sub/project`. */
  readonly path: string;
  /** Last part of the path. */
  readonly name: string;
  readonly sshUrl: string;
  readonly httpsUrl: string;
  readonly webUrl: string;
}
