/** One HTTP request of a Git server, as it came: nothing in it is trusted before it is verified. */
export interface Delivery {
  /** By lower-case name; several of the same name joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** The raw body. Signatures are over these bytes, so nothing may decode and encode them again. */
  readonly body: Uint8Array;
  /** Address of the sender as the gateway saw it. */
  readonly sourceIp: string;
}

/** What a connection's deliveries are verified with. */
export interface WebhookCredentials {
  /** Of the secret's current version; several may be valid at once. */
  readonly secrets: readonly string[];
  /** Of the version before, still valid beside current ones so that a rotation loses no delivery. */
  readonly previousSecrets: readonly string[];
  /** Address ranges, such as `192.0.2.0/24`, that may deliver. Absent: any. */
  readonly allowedIps?: readonly string[];
  /** Accept a SHA-1 signature where no SHA-256 one came, for servers too old to send it. */
  readonly allowSha1: boolean;
}

/** Whether a delivery is authentic, and if not, why; the reason is for the log, never for the sender. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly reason: RefusalReason };

export type RefusalReason =
  | 'nothing-configured'
  | 'address-not-allowed'
  | 'signature-missing'
  | 'signature-malformed'
  | 'signature-wrong'
  | 'timestamp-outside-window';

export const VERIFIED: Verdict = { ok: true };

export function refused(reason: RefusalReason): Verdict {
  return { ok: false, reason };
}
