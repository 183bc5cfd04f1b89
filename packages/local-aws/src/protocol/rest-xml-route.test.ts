import { beforeAll, describe, expect, it } from 'vitest';
import { createRouter, type S3Target } from './rest-xml-route.ts';
import { findServiceApi, loadServiceModel } from './service-api.ts';

let route: (target: S3Target) => { name: string };

beforeAll(async () => {
  const api = findServiceApi('s3');
  if (api === undefined) throw new Error('There is no S3.');
  route = createRouter((await loadServiceModel(api)).operations.values());
});

function named(method: string, address: string, headers: Record<string, string> = {}): string {
  const [path = '', search = ''] = address.split('?');
  const [bucket, key] = path.split('/').filter((part) => part !== '');
  return route({
    method,
    query: new URLSearchParams(search),
    headers,
    ...(bucket !== undefined && { bucket }),
    ...(key !== undefined && { key }),
  }).name;
}

describe('createRouter', () => {
  it.each([
    ['GET', '/', 'ListBuckets'],
    ['PUT', '/b', 'CreateBucket'],
    ['HEAD', '/b', 'HeadBucket'],
    ['GET', '/b', 'ListObjects'],
    ['GET', '/b?prefix=x&encoding-type=url', 'ListObjects'],
    ['GET', '/b?list-type=2&prefix=x', 'ListObjectsV2'],
    ['GET', '/b?versions', 'ListObjectVersions'],
    ['GET', '/b?uploads', 'ListMultipartUploads'],
    ['GET', '/b?location', 'GetBucketLocation'],
    ['PUT', '/b?policy', 'PutBucketPolicy'],
    ['PUT', '/b?versioning', 'PutBucketVersioning'],
    ['DELETE', '/b?lifecycle', 'DeleteBucketLifecycle'],
    ['POST', '/b?delete', 'DeleteObjects'],
    ['PUT', '/b/k?x-id=PutObject', 'PutObject'],
    ['PUT', '/b/k', 'PutObject'],
    ['PUT', '/b/k?partNumber=1&uploadId=u', 'UploadPart'],
    ['GET', '/b/k?uploadId=u', 'ListParts'],
    ['GET', '/b/k?versionId=v&X-Amz-Signature=s', 'GetObject'],
    ['POST', '/b/k?uploads', 'CreateMultipartUpload'],
    ['POST', '/b/k?uploadId=u', 'CompleteMultipartUpload'],
    ['DELETE', '/b/k?uploadId=u', 'AbortMultipartUpload'],
    ['DELETE', '/b/k?versionId=v', 'DeleteObject'],
  ])('takes %s %s for %s', (method, address, operation) => {
    expect(named(method, address)).toBe(operation);
  });

  it('takes a PUT with a source for a copy', () => {
    expect(named('PUT', '/b/k', { 'x-amz-copy-source': 'a/b' })).toBe('CopyObject');
    expect(named('PUT', '/b/k?partNumber=1&uploadId=u', { 'x-amz-copy-source': 'a/b' })).toBe('UploadPartCopy');
  });

  it.each([
    ['POST', '/b'],
    ['PATCH', '/b/k'],
    ['DELETE', '/b?requestPayment'],
  ])('refuses %s %s', (method, address) => {
    expect(() => named(method, address)).toThrow(/knows no S3 operation/);
  });
});
