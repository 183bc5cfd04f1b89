/** A status as its provider has it, in the provider's own words. */
export interface KeptStatus {
  readonly repositoryPath: string;
  readonly sha: string;
  /** What the provider tells statuses of one commit apart by. */
  readonly context: string;
  readonly state: string;
  readonly description: string;
  readonly targetUrl?: string | undefined;
  /** What else was sent: `ref`, `name`. */
  readonly other?: Readonly<Record<string, unknown>> | undefined;
}

/** The statuses of one stand-in. */
export interface StatusBook {
  /** How many of one context on one commit it takes; GitHub: 1,000. */
  readonly limit: number;
  /** Everything that was taken, oldest first. */
  readonly taken: readonly KeptStatus[];
  keep(status: KeptStatus): void;
  /** What a commit shows: the newest of each context. */
  shown(repositoryPath: string, sha: string): readonly KeptStatus[];
  clear(): void;
}

export function createStatusBook(limit = 1000): StatusBook {
  const taken: KeptStatus[] = [];
  return {
    limit,
    taken,
    keep: (status) => taken.push(status),
    shown(repositoryPath, sha) {
      const ofCommit = taken.filter((status) => status.repositoryPath === repositoryPath && status.sha === sha);
      return [...new Map(ofCommit.map((status) => [status.context, status])).values()];
    },
    clear: () => {
      taken.length = 0;
    },
  };
}
