export type * from './credentials.ts';
export * from './errors.ts';
export * from './fetch-commit.ts';
export * from './object-cache.ts';
export { parseModules } from './parse-modules.ts';
export { parsePaths } from './sparse-paths.ts';
export * from './submodule-rules.ts';
