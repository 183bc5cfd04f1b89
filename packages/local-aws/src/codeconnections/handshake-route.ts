import type { ServerResponse } from 'node:http';
import type { HttpRoute } from '../cloud/service.ts';
import type { ConnectionStore } from './connection-record.ts';

/** `POST <endpoint>/codeconnections/handshake/<id of the connection or host>` */
export const HANDSHAKE_PATH = '/codeconnections/handshake/';

/**
 * Local only. Stands for what a person does in the console, for which there is no API: "Update pending connection",
 * signing in at the provider and installing AWS's app there; for a host, "Set up host". Nobody signs in anywhere.
 */
export function handshakeRoute(store: ConnectionStore): HttpRoute {
  return {
    prefix: HANDSHAKE_PATH,
    async answer(message, response) {
      message.resume();
      if (message.method !== 'POST') return reply(response, 405, 'POST only');
      const id = new URL(message.url ?? '', 'http://local').pathname.slice(HANDSHAKE_PATH.length);
      const endsWithId = ({ arn }: { readonly arn: string }) => id !== '' && arn.endsWith(`/${id}`);
      const connection = [...store.connections.values()].find(endsWithId);
      if (connection !== undefined) {
        store.connections.set(connection.arn, { ...connection, status: 'AVAILABLE' });
        return reply(response, 200, `${connection.arn} is AVAILABLE`);
      }
      const host = [...store.hosts.values()].find(endsWithId);
      if (host === undefined) return reply(response, 404, 'no such connection or host');
      store.hosts.set(host.arn, { ...host, status: 'AVAILABLE' });
      reply(response, 200, `${host.arn} is AVAILABLE`);
    },
  };
}

function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
}
