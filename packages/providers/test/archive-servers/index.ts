export * from './archive-server.ts';
export type { ServerApp } from './dialect.ts';
