/**
 * A way to `git-upload-pack` of one repository that speaks protocol version 2: requests to a URL, or a channel of SSH.
 * One answer is read, or abandoned, before the next request is sent.
 */
export interface Transport {
  /** `https://git.example.com/team/app.git`, for messages. */
  readonly name: string;
  /** What the server says first: its capabilities. */
  readonly advertise: () => Promise<Answer>;
  /** Sends one command, all of its packets with the last flush, and gives the answer as it arrives. */
  readonly request: (command: string) => Promise<Answer>;
}

/** Bytes of the server. On a channel they go on with the next answer, so only its reader knows where this one ends. */
export interface Answer {
  readonly chunks: AsyncIterator<Uint8Array>;
  /** The last packet has been read: the way is free for the next request. */
  readonly finish: () => Promise<void>;
  /** Nobody reads on, and no request follows. */
  readonly abandon: () => void;
}
