const STEP = /\.([A-Za-z_][A-Za-z0-9_-]*)|\['([^'\]]+)'\]|\[(\d+)\]/y;

/** `$.repository.name`, `$['a b'][0]` → steps; undefined for anything else of JSONPath (wildcards, filters, recursion). */
export function parseJsonPath(path: string): (string | number)[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: (string | number)[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null) return undefined;
    steps.push(match[3] === undefined ? (match[1] ?? match[2] ?? '') : Number(match[3]));
  }
  return steps;
}

/** The value at the steps, or undefined where the way ends. */
export function readJsonPath(value: unknown, steps: readonly (string | number)[]): unknown {
  return steps.reduce((at: unknown, step) => {
    if (typeof step === 'number') return Array.isArray(at) ? at[step] : undefined;
    return isRecord(at) && Object.hasOwn(at, step) ? at[step] : undefined;
  }, value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
