import { ArtifactError } from '../errors.ts';

const MAX_SHOWN = 300;

/** An entry's name as a message may show it: quoted, on one line, cut. */
export function shownName(name: string): string {
  return JSON.stringify(name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name);
}

/** The stream ended before the archive did; asking again may help. */
export function truncated(place: string): ArtifactError {
  return new ArtifactError(
    'artifact/archive-truncated',
    `The archive ends too early, in ${place}. The provider or the network broke off the download; run it again.`,
    { fault: 'unavailable' },
  );
}

/** The archive contradicts itself. */
export function corrupt(place: string, reason: string): ArtifactError {
  return new ArtifactError(
    'artifact/archive-corrupt',
    `The archive is damaged: ${place} ${reason}. Download it again; if it stays so, fetch the commit by git instead.`,
    { fault: 'failed', retryable: true },
  );
}

/** A feature of the zip format that no Git provider uses, or that cannot be carried into an artifact. */
export function unsupported(place: string, reason: string): ArtifactError {
  return new ArtifactError(
    'artifact/archive-unsupported',
    `The archive cannot be taken as an artifact: ${place} ${reason}. Fetch the commit by git instead.`,
    { fault: 'failed' },
  );
}

/** A limit of `ArchiveLimits` was passed. */
export function tooLarge(reason: string): ArtifactError {
  return new ArtifactError(
    'artifact/archive-too-large',
    `The archive is too large: ${reason}. Leave files out with export-ignore in .gitattributes, or raise the limit.`,
    { fault: 'failed' },
  );
}

/** A name that must not be unpacked. */
export function unsafePath(name: string, reason: string): ArtifactError {
  return new ArtifactError(
    'artifact/unsafe-path',
    `The archive's entry ${shownName(name)} ${reason}. Rename or remove it in the repository.`,
    { fault: 'failed' },
  );
}
