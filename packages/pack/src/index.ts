export { type CloneWanted, type PackedClone, packClone, readClone } from './clone/pack-clone.ts';
export { PackError, type PackErrorCode } from './errors.ts';
export { type FindPinOptions, type FoundPin, findPin, MAX_HISTORY_COMMITS } from './find-pin.ts';
export type { KeptObjects, ObjectsToKeep, ReceivedObjects } from './kept/kept-objects.ts';
export { PACK_LIMITS, type PackLimits } from './limits.ts';
export { type PackTreeOptions, packTree, readTree } from './pack-tree.ts';
export type { PackedTree, PackMeasures, TreeMeasures } from './packed-tree.ts';
export { type FetchPackOptions, fetchPack, type HaveCommit } from './protocol/fetch-pack.ts';
export { findRef, listRefs, type RemoteRef } from './protocol/list-refs.ts';
export { type ObjectFormat, openSession, type Session } from './protocol/open-session.ts';
export type { ByteChannel } from './transport/byte-channel.ts';
export {
  type ChannelTransport,
  type ChannelTransportOptions,
  createChannelTransport,
} from './transport/channel-transport.ts';
export { createHttpsTransport, type HttpsTransportOptions } from './transport/https-transport.ts';
export type { TimeLimits } from './transport/time-limits.ts';
export type { Answer, Transport } from './transport/transport.ts';
export { uploadPackExec } from './transport/upload-pack-exec.ts';
export type { Submodule } from './tree/walk-tree.ts';
