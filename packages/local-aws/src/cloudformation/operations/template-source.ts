import type { Cloud } from '../../cloud/cloud.ts';
import type { Principal } from '../../cloud/principal.ts';
import { ServiceError } from '../../cloud/service.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_BODY_BYTES = 51_200;
const MAX_URL_BYTES = 1_000_000;

export interface TemplateSource {
  readonly TemplateBody?: string | undefined;
  readonly TemplateURL?: string | undefined;
}

/** The template's text from the request itself or from S3, read as the caller. */
export async function readTemplateSource(cloud: Cloud, principal: Principal, source: TemplateSource): Promise<string> {
  const { TemplateBody: body, TemplateURL: url } = source;
  if (body !== undefined && url !== undefined)
    throw new ServiceError('ValidationError', 'Only one of TemplateBody or TemplateURL can be specified');
  if (body !== undefined) {
    if (Buffer.byteLength(body) <= MAX_BODY_BYTES) return body;
    throw new ServiceError(
      'ValidationError',
      `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${MAX_BODY_BYTES}`,
    );
  }
  if (url === undefined)
    throw new ServiceError('ValidationError', 'Either Template URL or Template Body must be specified.');
  const object = await cloud.call<{ Body?: unknown }>(principal, 's3', 'GetObject', locate(url));
  const bytes = await readAll(object.Body);
  if (bytes.length > MAX_URL_BYTES)
    throw new ServiceError('ValidationError', `Template may not exceed ${MAX_URL_BYTES} bytes in size.`);
  return bytes.toString('utf8');
}

/** `http://127.0.0.1:4566/bucket/key`, `https://bucket.s3.eu-west-1.amazonaws.com/key`, `https://s3.amazonaws.com/bucket/key`. */
function locate(url: string): { Bucket: string; Key: string; VersionId?: string } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const host = parsed === undefined ? undefined : /^(.+)\.s3[.-][^/]*$/.exec(parsed.hostname);
  const segments = (parsed?.pathname ?? '').split('/').slice(1).map(decodeURIComponent);
  const bucket = host?.[1] ?? segments.shift();
  const key = segments.join('/');
  if (parsed === undefined || bucket === undefined || key === '') {
    throw new ServiceError('ValidationError', `TemplateURL must be a supported S3 URL: ${url}`);
  }
  const version = parsed.searchParams.get('versionId');
  return { Bucket: bucket, Key: key, ...(version === null ? {} : { VersionId: version }) };
}

async function readAll(body: unknown): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const parts: Uint8Array[] = [];
  for await (const part of body as AsyncIterable<Uint8Array>) parts.push(part);
  return Buffer.concat(parts);
}
