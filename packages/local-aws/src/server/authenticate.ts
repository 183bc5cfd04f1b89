import { timingSafeEqual } from 'node:crypto';
import type { Principal } from '../cloud/principal.ts';
import type { WireRequest } from '../cloud/protocol.ts';
import type { Sessions } from '../cloud/sessions.ts';
import type { ServiceApi } from '../protocol/service-api.ts';
import { type AuthenticationFailure, authenticationError } from './authentication-errors.ts';
import { type SignedParts, sha256, signatureOf } from './canonical-request.ts';
import type { CredentialScope } from './credential-scope.ts';

/** AWS accepts a signing time up to 15 minutes off. Always against the real clock, which is the client's too. */
const MAX_SKEW_MS = 15 * 60 * 1000;

/** A signature as it stands in the header or in a presigned URL. */
interface Signature {
  readonly hex: string;
  readonly parts: SignedParts;
  readonly sessionToken: string | undefined;
  /** Set for a presigned URL. */
  readonly expiresSeconds: number | undefined;
}

/**
 * Verifies Signature Version 4 and tells who called. A request with signed body chunks is verified by its first
 * signature only.
 */
export async function authenticate(
  request: WireRequest,
  scope: CredentialScope | undefined,
  sessions: Sessions,
  api: ServiceApi,
): Promise<Principal> {
  const refuse = (failure: AuthenticationFailure) => authenticationError(failure, api);
  if (scope === undefined) throw refuse('missing');
  const session = sessions.find(scope.accessKeyId);
  if (session === undefined) throw refuse('unknown-key');
  const signature = await readSignature(request, api);
  if (signature === undefined) throw refuse('missing');
  if (!isTimely(signature)) throw refuse('clock');
  const expected = signatureOf(request, scope, signature.parts, session.secretAccessKey);
  if (!equalText(expected, signature.hex)) throw refuse('wrong-signature');
  if (!equalText(session.sessionToken ?? '', signature.sessionToken ?? '')) throw refuse('wrong-token');
  if (sessions.isExpired(session)) throw refuse('expired-token');
  return session.principal;
}

async function readSignature(request: WireRequest, api: ServiceApi): Promise<Signature | undefined> {
  const header = request.headers.authorization ?? '';
  const isPresigned = !header.startsWith('AWS4-HMAC-SHA256');
  const query = (name: string) => request.query.get(name) ?? undefined;
  const hex = isPresigned ? query('X-Amz-Signature') : /Signature=([0-9a-f]+)/.exec(header)?.[1];
  const signed = isPresigned ? query('X-Amz-SignedHeaders') : /SignedHeaders=([^,\s]+)/.exec(header)?.[1];
  const date = isPresigned ? query('X-Amz-Date') : request.headers['x-amz-date'];
  if (hex === undefined || signed === undefined || date === undefined) return undefined;
  const signedHeaders = signed.toLowerCase().split(';');
  if (!signedHeaders.includes('host')) return undefined;
  const parts = {
    date,
    signedHeaders,
    payloadHash: await payloadHash(request, api, isPresigned),
    doubleEncode: api.name !== 's3',
  };
  return {
    hex,
    parts,
    sessionToken: isPresigned ? query('X-Amz-Security-Token') : request.headers['x-amz-security-token'],
    expiresSeconds: isPresigned ? Number(query('X-Amz-Expires') ?? '0') : undefined,
  };
}

/** S3 names the hash in a header and checks the body while it streams; the others' bodies are small and read here. */
async function payloadHash(request: WireRequest, api: ServiceApi, isPresigned: boolean): Promise<string> {
  if (api.name === 's3') return request.headers['x-amz-content-sha256'] ?? (isPresigned ? 'UNSIGNED-PAYLOAD' : '');
  return sha256(await request.readBody());
}

function isTimely({ parts, expiresSeconds }: Signature): boolean {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(parts.date);
  if (match === null) return false;
  const [, year, month, day, hour, minute, second] = match;
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const ageMs = Date.now() - signedAt;
  const lifetimeMs = expiresSeconds === undefined ? MAX_SKEW_MS : expiresSeconds * 1000;
  return ageMs <= lifetimeMs && ageMs >= -MAX_SKEW_MS;
}

function equalText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
