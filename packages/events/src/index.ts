export * from './coded-error.ts';
export * from './commit.ts';
export * from './commit-sha.ts';
export { type EventsErrorCode, ParseError } from './errors.ts';
export * from './git-ref.ts';
export * from './git-url.ts';
export * from './tree-entry.ts';
