export * from './coded-error.ts';
export * from './commit.ts';
export * from './commit-sha.ts';
export * from './tree-entry.ts';
