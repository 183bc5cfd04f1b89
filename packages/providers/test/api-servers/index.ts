export * from './api-server.ts';
export type { ServerApp } from './dialect.ts';
export type { ApiFault } from './faults.ts';
export type { KeptStatus } from './status-book.ts';
