/* Apart from the rest: a program that also fetches by git loads this only where it is asked for an archive. */
export { ARCHIVE_LIMITS, type ArchiveLimits } from './archive/archive-limits.ts';
export { type CheckedArchive, type ReRootArchiveOptions, reRootArchive } from './re-root-archive.ts';
