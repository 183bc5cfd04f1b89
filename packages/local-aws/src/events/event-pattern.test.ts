import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from './event-pattern.ts';
import { PatternError } from './pattern-error.ts';

const EVENT = {
  source: 'aws.codepipeline',
  resources: ['arn:a', 'arn:b'],
  detail: {
    state: 'STARTED',
    count: 5,
    ok: true,
    nothing: null,
    empty: '',
    none: [],
    ip: '10.1.2.3',
    type: { provider: 'Git', version: '1' },
    changes: [
      { ref: 'refs/heads/main', kind: 'push' },
      { ref: 'refs/tags/v1', kind: 'tag' },
    ],
    commits: [
      { author: 'ann', id: 1, files: [{ name: 'a', mode: 'added' }] },
      {
        author: 'bob',
        files: [
          { name: 'b', mode: 'added' },
          { name: 'a', mode: 'removed' },
        ],
      },
    ],
    matrix: [[{ x: 1, y: 2 }], [{ x: 3, y: 4 }]],
    object: { inner: 1 },
  },
};

function matches(detail: unknown): boolean {
  return compilePattern(JSON.stringify({ detail }))(EVENT);
}

describe('compilePattern', () => {
  it.each([
    ['an exact value', { state: ['STARTED'] }],
    ['any of several', { state: ['FAILED', 'STARTED'] }],
    ['a number, a boolean, null, an empty text', { count: [5], ok: [true], nothing: [null], empty: [''] }],
    ['a nested field', { type: { provider: ['Git'], version: ['1'] } }],
    ['a prefix', { state: [{ prefix: 'START' }] }],
    ['a prefix without case', { state: [{ prefix: { 'equals-ignore-case': 'start' } }] }],
    ['a suffix', { state: [{ suffix: 'TED' }] }],
    ['without case', { state: [{ 'equals-ignore-case': 'started' }] }],
    ['anything but a value', { state: [{ 'anything-but': 'FAILED' }] }],
    ['anything but a list', { state: [{ 'anything-but': ['FAILED', 'STOPPED'] }] }],
    ['anything but a number', { count: [{ 'anything-but': [1, 2] }] }],
    ['anything but a prefix', { state: [{ 'anything-but': { prefix: 'FAIL' } }] }],
    ['anything but wildcards', { state: [{ 'anything-but': { wildcard: ['F*', 'S*P*'] } }] }],
    ['a number in a range', { count: [{ numeric: ['>', 0, '<=', 5] }] }],
    ['a field that is there', { state: [{ exists: true }] }],
    ['a field that is not there', { other: [{ exists: false }], 'no-parent': { child: [{ exists: false }] } }],
    ['a wildcard', { type: { provider: [{ wildcard: 'G*t' }] } }],
    ['an address range', { ip: [{ cidr: '10.0.0.0/8' }] }],
    ['an alternative', { $or: [{ state: ['FAILED'] }, { count: [5] }] }],
    ['a field in an array of objects', { changes: { ref: [{ prefix: 'refs/tags/' }] } }],
    ['two fields of one element', { changes: { ref: ['refs/tags/v1'], kind: ['tag'] } }],
    [
      'fields of one element inside one element',
      { commits: { author: ['bob'], files: { name: ['a'], mode: ['removed'] } } },
    ],
    ['fields of an array in an array', { matrix: { x: [3], y: [4] } }],
    [
      'an absent field of the element that another field chose',
      { commits: { author: ['bob'], id: [{ exists: false }] } },
    ],
    [
      'an alternative inside an element',
      { commits: { author: ['bob'], $or: [{ id: [1] }, { files: { name: ['b'] } }] } },
    ],
    ['exists false of an empty array and of an object', { none: [{ exists: false }], object: [{ exists: false }] }],
  ])('matches %s', (_name, detail) => {
    expect(matches(detail)).toBe(true);
  });

  it.each([
    ['another value', { state: ['FAILED'] }],
    ['text for a number', { count: ['5'] }],
    ['one of two fields', { state: ['STARTED'], count: [6] }],
    ['an absent field', { other: ['x'] }],
    ['anything-but of an absent field', { other: [{ 'anything-but': 'x' }] }],
    ['anything-but of the value', { state: [{ 'anything-but': ['STARTED'] }] }],
    ['an empty array, as absent or as a value', { none: ['x'] }],
    ['exists false of a field', { state: [{ exists: false }] }],
    ['a number out of range', { count: [{ numeric: ['>', 5] }] }],
    ['another address range', { ip: [{ cidr: '192.168.0.0/16' }] }],
    ['no alternative', { $or: [{ state: ['FAILED'] }, { count: [6] }] }],
    ['a wildcard that does not reach the end', { state: [{ wildcard: 'START*X' }] }],
    ['fields of two different objects of an array', { changes: { ref: ['refs/heads/main'], kind: ['tag'] } }],
    ['fields of two elements deeper down', { commits: { author: ['bob'], files: { name: ['b'], mode: ['removed'] } } }],
    ['fields of elements of two outer elements', { commits: { author: ['ann'], files: { mode: ['removed'] } } }],
    ['fields of two arrays in an array', { matrix: { x: [1], y: [4] } }],
    [
      'alternatives spread over two elements',
      { commits: { author: ['ann'], $or: [{ id: [2] }, { files: { name: ['b'] } }] } },
    ],
    // `kind` is looked at before `ref` has chosen an element, and some element has it.
    ['an absent field that another element has', { changes: { kind: [{ exists: false }], ref: ['refs/tags/v1'] } }],
    ['exists of an object', { object: [{ exists: true }] }],
  ])('does not match %s', (_name, detail) => {
    expect(matches(detail)).toBe(false);
  });

  it('matches an array by any element', () => {
    expect(compilePattern('{"resources": ["arn:b"]}')(EVENT)).toBe(true);
  });

  it.each([
    ['no JSON', '{'],
    ['an empty pattern', '{}'],
    ['a bare value', '{"source": "aws.s3"}'],
    ['an empty list', '{"source": []}'],
    ['an unknown filter', '{"source": [{"regex": "x"}]}'],
    ['two filters in one', '{"source": [{"prefix": "x", "suffix": "y"}]}'],
    ['consecutive wildcards', '{"source": [{"wildcard": "a**b"}]}'],
    ['a wrong comparison', '{"source": [{"numeric": ["!", 1]}]}'],
    ['a broken address range', '{"source": [{"cidr": "10.0.0.0/99"}]}'],
    ['one alternative only', '{"$or": [{"source": ["x"]}]}'],
    ['a name that every object has', '{"source": [{"constructor": "x"}]}'],
    ['an operator that every object has', '{"source": [{"numeric": ["constructor", 1]}]}'],
    ['an empty list of prefixes', '{"source": [{"anything-but": {"prefix": []}}]}'],
    ['a lone escape', '{"source": [{"wildcard": "a\\\\b"}]}'],
    ['exists with a text', '{"source": [{"exists": "yes"}]}'],
  ])('refuses %s', (_name, pattern) => {
    expect(() => compilePattern(pattern)).toThrow(PatternError);
  });

  it.each([
    ['*', '', true],
    ['a*', 'a', true],
    ['*a', 'ba', true],
    ['a*a', 'a', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    [String.raw`\*a`, '*a', true],
    [String.raw`\*a`, 'xa', false],
    // Would take minutes if it backtracked.
    [`${'*a'.repeat(40)}*b`, 'a'.repeat(2000), false],
  ])('wildcard %s against %s', (wildcard, text, expected) => {
    expect(compilePattern(JSON.stringify({ source: [{ wildcard }] }))({ source: text })).toBe(expected);
  });

  it('compiles or refuses any JSON, and matches without throwing', () => {
    fc.assert(
      fc.property(fc.json(), fc.jsonValue(), (pattern, event) => {
        try {
          expect(typeof compilePattern(pattern)(event)).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(PatternError);
        }
      }),
    );
  });

  it('matches an event by its own leaves', () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), leaf, { minKeys: 1 }), (event) => {
        const pattern = Object.fromEntries(Object.entries(event).map(([key, value]) => [key, [value]]));
        expect(compilePattern(JSON.stringify(pattern))(event)).toBe(true);
      }),
    );
  });
});
