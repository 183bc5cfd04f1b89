import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { changeRoute } from './change-route.ts';
import { connectionOperations } from './connection-operations.ts';
import { type ConnectionsPrefix, openConnectionStore } from './connection-record.ts';
import { handshakeRoute } from './handshake-route.ts';
import { hostOperations } from './host-operations.ts';
import { tagOperations } from './tag-operations.ts';
import { type ConnectedRepository, useConnectionOperation } from './use-connection.ts';

export type { ConnectedRepository } from './use-connection.ts';

/** CodeConnections under one of its two names: connections, hosts and tags; no repository links, no Git sync. */
export function createCodeConnections(
  cloud: Cloud,
  name: ConnectionsPrefix,
  repository: ConnectedRepository = () => undefined,
): Service {
  const store = openConnectionStore(cloud);
  return {
    name,
    operations: {
      ...connectionOperations(store, name),
      ...hostOperations(store, name),
      ...tagOperations(store),
    },
    internal: useConnectionOperation(store, repository),
    // Once for both names.
    httpRoutes: name === 'codeconnections' ? [handshakeRoute(store), changeRoute(store, repository)] : [],
  };
}
