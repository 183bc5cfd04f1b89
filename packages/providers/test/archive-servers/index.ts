export * from './archive-server.ts';
