/** How to prove who we are. A custom certificate authority may come with any kind. */
export type GitCredentials = AnonymousCredentials | SshCredentials | HttpsCredentials;

interface Trust {
  /** PEM of one or more certificate authorities to trust for the repository's host, instead of the system's. */
  readonly caCertificate?: string;
  /** Lines of `known_hosts`; they come before the pinned keys of the public hosts. */
  readonly knownHosts?: string;
}

export interface AnonymousCredentials extends Trust {
  readonly kind: 'anonymous';
}

export interface SshCredentials extends Trust {
  readonly kind: 'ssh';
  /** OpenSSH or PEM private key without a passphrase, as pasted: CRLF or a missing last line end do no harm. */
  readonly privateKey: string;
}

export interface HttpsCredentials extends Trust {
  readonly kind: 'https';
  readonly username: string;
  /** Password or token; may be empty where the token is the user name. */
  readonly password: string;
}
