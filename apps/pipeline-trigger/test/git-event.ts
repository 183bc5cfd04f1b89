import { type CommitSha, type GitEvent, parseCommitSha } from '@gitsource/events';

export const FIRST: CommitSha = parseCommitSha('1'.repeat(40));
export const SECOND: CommitSha = parseCommitSha('2'.repeat(40));

/** A push of one commit to `main` of `group/app`, as the receiver publishes it, with another delivery ID each time. */
export function gitEvent(over: Partial<GitEvent> = {}): GitEvent {
  return {
    schemaVersion: 1,
    deliveryId: crypto.randomUUID(),
    connection: 'my-git',
    provider: 'gitea',
    repository: {
      host: 'git.example.com',
      path: 'group/app',
      name: 'app',
      sshUrl: 'ssh://git@git.example.com/group/app.git',
      httpsUrl: 'https://git.example.com/group/app.git',
      webUrl: 'https://git.example.com/group/app',
    },
    ref: 'refs/heads/main',
    refType: 'branch',
    refName: 'main',
    before: FIRST,
    after: SECOND,
    created: false,
    deleted: false,
    forced: false,
    changedPaths: ['src/a.ts'],
    changedPathsComplete: true,
    skipCi: false,
    ...over,
  };
}
