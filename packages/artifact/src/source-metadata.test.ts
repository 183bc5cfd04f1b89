import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSourceMetadata, writeSourceMetadata } from './source-metadata.ts';

const commit = 'a'.repeat(40);

describe('writeSourceMetadata', () => {
  it('keeps plain names readable', () => {
    expect(
      writeSourceMetadata({
        commit,
        ref: 'refs/heads/main',
        repository: 'team/app',
        host: 'git.example.com',
        delivery: 'x-1',
      }),
    ).toEqual({
      commit,
      ref: 'refs/heads/main',
      repository: 'team/app',
      host: 'git.example.com',
      delivery: 'x-1',
    });
  });

  it('is read back as it was, and is ASCII without blanks', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(text, text, text, (ref, repository, delivery) => {
        const written = writeSourceMetadata({ commit, ref, repository, delivery });

        expect(Object.values(written).join('')).toMatch(/^[\x21-\x7e]*$/);
        expect(readSourceMetadata(written)).toEqual({ commit, ref, repository, delivery });
      }),
    );
  });

  it('leaves a ref out that has no room', () => {
    const written = writeSourceMetadata({ commit, ref: 'ü'.repeat(400), repository: 'team/app', delivery: 'x' });

    expect(written).not.toHaveProperty('ref');
    expect(readSourceMetadata(written)).toEqual({ commit, repository: 'team/app', delivery: 'x' });
  });

  it('reads nothing from an object of somebody else', () => {
    expect(readSourceMetadata(undefined)).toBeUndefined();
    expect(readSourceMetadata({ owner: 'me' })).toBeUndefined();
  });
});
