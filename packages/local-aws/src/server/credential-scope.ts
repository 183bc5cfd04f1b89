import type { WireRequest } from '../cloud/protocol.ts';

/** The parts of `AKID/20260131/us-east-1/sts/aws4_request`. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** Reads who signs for which service from the Authorization header or a presigned query; not yet verified. */
export function readCredentialScope(request: WireRequest): CredentialScope | undefined {
  const header = /Credential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1];
  const parts = (header ?? request.query.get('X-Amz-Credential') ?? '').split('/');
  const [accessKeyId, date, region, service, end] = parts.slice(-5);
  if (end !== 'aws4_request' || !accessKeyId || !date || !region || !service) return undefined;
  return { accessKeyId, date, region, service };
}
