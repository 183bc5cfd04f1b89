/** How the front doors (HTTP and REST APIs, function URLs) treat senders, where a test cannot wait as long as AWS. */
export interface FrontDoorLimits {
  /** How long a sender may take for a request's body; default 30 s, as on AWS. */
  readonly bodyTimeoutMs?: number;
}

export const DEFAULT_BODY_TIMEOUT_MS = 30_000;
