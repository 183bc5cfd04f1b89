import { ArtifactError } from '../errors.ts';

const FULL_SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** `git archive` leaves the commit's SHA as the zip's comment. Throws `artifact/archive-other-commit` for another. */
export function checkCommit(comment: string, wanted: string | undefined): void {
  if (wanted === undefined || comment === wanted || !FULL_SHA.test(comment)) return;
  throw new ArtifactError(
    'artifact/archive-other-commit',
    `The archive is of commit ${comment}, and ${wanted} was asked for. The ref has moved, or a branch and a tag have one name; ask for the full SHA.`,
    { fault: 'revision-moved' },
  );
}
