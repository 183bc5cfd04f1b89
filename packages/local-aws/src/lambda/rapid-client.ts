import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * AWS's runtime client talks to the Runtime API through a native module, which installs without scripts do not have.
 * This stand-in does the same three calls over HTTP: `next`, `done`, `error`.
 */
const PROGRAM = `'use strict';
const Module = require('node:module');
const http = require('node:http');
const agent = new http.Agent({ keepAlive: true });
const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
let pending = Promise.resolve();
const send = (method, path, body, headers = {}) =>
  new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, agent, method, path: '/2018-06-01/runtime/invocation/' + path, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ bodyJson: Buffer.concat(chunks).toString(), headers: response.headers }));
    });
    request.on('error', reject);
    request.end(body);
  });
const client = {
  next: () => pending.then(() => send('GET', 'next')),
  done: (id, body) => { pending = send('POST', id + '/response', body); },
  error: (id, body) => { pending = send('POST', id + '/error', body); },
};
const load = Module._load;
Module._load = function (request, ...rest) {
  return request.endsWith('/rapid-client.node') ? client : load.call(this, request, ...rest);
};
`;

const written = new Set<string>();

/** Writes the stand-in into a folder, once; Node preloads it with --require. */
export function writeRapidClient(folder: string): string {
  const file = join(folder, 'rapid-client.cjs');
  // Not at each start: another process may be reading it.
  if (!written.has(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, PROGRAM);
    written.add(file);
  }
  return file;
}
