/** Both ends of one `git-upload-pack` that speaks protocol version 2: a channel of SSH, or a program. */
export interface ByteChannel {
  /** What it says, to its end. */
  readonly chunks: AsyncIterator<Uint8Array>;
  readonly write: (text: string) => void;
  /** Asked when there is no more although there should be: why, where that is known. */
  readonly explainEnd: () => Promise<Error | undefined>;
  /** May be called more than once. */
  readonly close: () => void;
}
