import { describe, expect, it } from 'vitest';
import { TreePaths } from './tree-paths.ts';

describe('TreePaths', () => {
  it('takes paths that a system can open, and no longer ones', () => {
    const paths = new TreePaths(false);

    expect(paths.add('x'.repeat(4096))).toHaveLength(4096);
    expect(() => paths.add('y'.repeat(4097))).toThrow('longer than 4096 bytes');
    expect(() => paths.add('\u00fc'.repeat(2049))).toThrow('longer than 4096 bytes');
  });

  it('takes no more of them than memory holds', () => {
    const paths = new TreePaths(false, 100);
    for (let n = 0; n < 10; n++) paths.add(`ten-bytes${n}`);

    expect(() => paths.add('a')).toThrow(expect.objectContaining({ code: 'artifact/unsafe-path' }));
  });
});
