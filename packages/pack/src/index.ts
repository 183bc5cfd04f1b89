export { PackError, type PackErrorCode } from './errors.ts';
export { PACK_LIMITS, type PackLimits } from './limits.ts';
export { type PackedTree, type PackMeasures, type PackTreeOptions, packTree, readTree } from './pack-tree.ts';
export { type FetchPackOptions, fetchPack } from './protocol/fetch-pack.ts';
export { findRef, listRefs, type RemoteRef } from './protocol/list-refs.ts';
export { type ObjectFormat, openSession, type Session } from './protocol/open-session.ts';
export { createHttpsTransport, type HttpsTransportOptions } from './transport/https-transport.ts';
export type { Answer, Transport } from './transport/transport.ts';
export type { Submodule } from './tree/walk-tree.ts';
