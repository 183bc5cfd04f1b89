import { BlockList, isIP } from 'node:net';
import { PatternError } from './pattern-error.ts';

/** A JSON leaf of an event; `undefined` where the field is absent. */
export type Leaf = string | number | boolean | null | undefined;
export type Filter = (value: Leaf) => boolean;

/** Compiles one element of a pattern's list: a value to equal, or a content filter such as `{"prefix": "a"}`. */
export function compileFilter(element: unknown): Filter {
  if (element === null || typeof element === 'string' || typeof element === 'boolean')
    return (value) => value === element;
  if (typeof element === 'number') return (value) => value === element;
  if (!isObject(element)) throw new PatternError('a list may not hold a list');
  const entries = Object.entries(element);
  const [name, operand] = entries[0] ?? [];
  if (entries.length !== 1 || name === undefined) throw new PatternError('a content filter has exactly one key');
  const compile = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (compile === undefined) throw new PatternError(`Unrecognized match type ${name}`);
  return compile(operand);
}

const FILTERS: Readonly<Record<string, (operand: unknown) => Filter>> = {
  prefix: (operand) => onText(operand, 'prefix', (text, part) => text.startsWith(part)),
  suffix: (operand) => onText(operand, 'suffix', (text, part) => text.endsWith(part)),
  'equals-ignore-case': (operand) => {
    const wanted = textOf(operand, 'equals-ignore-case').toLowerCase();
    return (value) => typeof value === 'string' && value.toLowerCase() === wanted;
  },
  wildcard: (operand) => {
    const pieces = wildcardPieces(textOf(operand, 'wildcard'));
    return (value) => typeof value === 'string' && matchPieces(value, pieces);
  },
  exists: (operand) => {
    if (typeof operand !== 'boolean') throw new PatternError('exists match pattern must be either true or false');
    return (value) => (value !== undefined) === operand;
  },
  numeric: compileNumeric,
  cidr: compileCidr,
  'anything-but': compileAnythingBut,
};

function compileAnythingBut(operand: unknown): Filter {
  const refused = anythingButFilters(operand);
  // An absent field is not something else.
  return (value) => value !== undefined && !refused.some((filter) => filter(value));
}

function anythingButFilters(operand: unknown): Filter[] {
  if (Array.isArray(operand)) {
    if (operand.length === 0) throw new PatternError('anything-but list must not be empty');
    if (operand.some((item) => typeof item !== 'string' && typeof item !== 'number')) {
      throw new PatternError('anything-but list holds strings or numbers');
    }
    return operand.map(compileFilter);
  }
  if (typeof operand === 'string' || typeof operand === 'number') return [compileFilter(operand)];
  if (!isObject(operand)) throw new PatternError('anything-but needs a string, a number, a list or a filter');
  const [[name, inner] = ['', undefined], ...more] = Object.entries(operand);
  if (more.length > 0 || !['prefix', 'suffix', 'wildcard', 'equals-ignore-case'].includes(name)) {
    throw new PatternError(`Unsupported anything-but pattern: ${name}`);
  }
  const items = Array.isArray(inner) ? inner : [inner];
  if (items.length === 0) throw new PatternError(`anything-but ${name} list must not be empty`);
  return items.map((item) => compileFilter({ [name]: item }));
}

function onText(operand: unknown, name: string, test: (text: string, part: string) => boolean): Filter {
  if (isObject(operand)) {
    const wanted = textOf(operand['equals-ignore-case'], `${name} equals-ignore-case`).toLowerCase();
    return (value) => typeof value === 'string' && test(value.toLowerCase(), wanted);
  }
  const wanted = textOf(operand, name);
  return (value) => typeof value === 'string' && test(value, wanted);
}

function textOf(operand: unknown, name: string): string {
  if (typeof operand !== 'string') throw new PatternError(`${name} match pattern must be a string`);
  return operand;
}

/** The literal pieces between the wildcards of a pattern. */
function wildcardPieces(pattern: string): string[] {
  const pieces = [''];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? '';
    if (char === '*') {
      if (pattern[at + 1] === '*') throw new PatternError(`Consecutive wildcard characters at pos ${at}`);
      pieces.push('');
      continue;
    }
    if (char === '\\') {
      at++;
      if (pattern[at] !== '*' && pattern[at] !== '\\')
        throw new PatternError(`Invalid escape character at pos ${at - 1}`);
    }
    pieces[pieces.length - 1] += pattern[at] ?? '';
  }
  return pieces;
}

/** Each piece is taken where it first occurs, so the time is linear; an expression would backtrack. */
function matchPieces(text: string, pieces: readonly string[]): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, from);
    if (found === -1) return false;
    from = found + piece.length;
  }
  return from <= text.length - last.length;
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function compileNumeric(operand: unknown): Filter {
  if (!Array.isArray(operand) || ![2, 4].includes(operand.length)) {
    throw new PatternError('numeric needs one or two comparisons, such as [">", 0, "<=", 5]');
  }
  const tests: ((value: number) => boolean)[] = [];
  for (let at = 0; at < operand.length; at += 2) {
    const operator = String(operand[at]);
    const compare = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
    const bound: unknown = operand[at + 1];
    if (compare === undefined) throw new PatternError(`Unrecognized numeric range operator: ${operator}`);
    if (typeof bound !== 'number') throw new PatternError('numeric compares with numbers');
    tests.push((value: number) => compare(value, bound));
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function compileCidr(operand: unknown): Filter {
  const [address = '', bits = ''] = textOf(operand, 'cidr').split('/');
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  if (version === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most)
    throw new PatternError(`Malformed CIDR: ${JSON.stringify(operand)}`);
  const list = new BlockList();
  const family = version === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(address, Number(bits), family);
  return (value) => typeof value === 'string' && isIP(value) === version && list.check(value, family);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
