import { describe, expect, it } from 'vitest';
import { artifactPolicy } from './job-view.ts';

const cloud = { partition: 'aws' };
const inputs = [{ name: 'In', bucket: 'store', key: 'p/In/aaaaaaa' }];
const outputs = [{ name: 'Out', bucket: 'store', key: 'p/Out/bbbbbbb' }];

describe('artifactPolicy', () => {
  it('reads the inputs, writes the outputs, and nothing else', () => {
    const { Statement } = artifactPolicy(cloud, { inputs, outputs }, undefined);

    expect(Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:GetObjectVersion'],
        Resource: ['arn:aws:s3:::store/p/In/aaaaaaa'],
      },
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
        Resource: ['arn:aws:s3:::store/p/Out/bbbbbbb'],
      },
    ]);
  });

  it('uses the key of the store', () => {
    const key = 'arn:aws:kms:eu-west-1:123456789012:key/k1';

    const { Statement } = artifactPolicy(cloud, { inputs: [], outputs }, key);

    expect(Statement).toContainEqual(expect.objectContaining({ Resource: key }));
  });

  it('allows nothing where there are no artifacts', () => {
    const { Statement } = artifactPolicy(cloud, { inputs: [], outputs: [] }, undefined);

    expect(Statement).toEqual([{ Effect: 'Deny', Action: '*', Resource: '*' }]);
  });
});
