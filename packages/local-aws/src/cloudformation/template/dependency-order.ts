/** What each node needs, by name: `{Function: {Role}, Role: {}}`. */
export type Dependencies = ReadonlyMap<string, ReadonlySet<string>>;

/** The names of one circle, `[A, B]` for A → B → A; `undefined` when there is none. */
export function findCircle(dependencies: Dependencies): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): string[] | undefined => {
    const start = path.indexOf(name);
    if (start >= 0) return path.slice(start);
    if (done.has(name)) return undefined;
    for (const next of dependencies.get(name) ?? []) {
      const circle = visit(next, [...path, name]);
      if (circle !== undefined) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of dependencies.keys()) {
    const circle = visit(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** The same graph with every arrow turned: deletion goes from dependents to what they need. */
export function reversed(dependencies: Dependencies): Dependencies {
  const result = new Map<string, Set<string>>([...dependencies.keys()].map((name) => [name, new Set()]));
  for (const [name, needs] of dependencies) for (const need of needs) result.get(need)?.add(name);
  return result;
}

/** Outcome of walking a graph: `failed` names whose work threw; `skipped` were never started because of that. */
export interface Walked {
  readonly failed: ReadonlyMap<string, unknown>;
  readonly skipped: readonly string[];
}

/**
 * Runs `work` for every name, each as soon as what it needs is done, at most `parallel` at a time.
 * After the first failure nothing new starts (`stopOnFailure`), or only what needs the failed name is skipped.
 */
export async function walkInOrder(
  dependencies: Dependencies,
  work: (name: string) => Promise<void>,
  options: { readonly parallel: number; readonly stopOnFailure: boolean },
): Promise<Walked> {
  const waiting = new Set(dependencies.keys());
  const done = new Set<string>();
  const failed = new Map<string, unknown>();
  const running = new Map<string, Promise<void>>();
  const isReady = (name: string) =>
    [...(dependencies.get(name) ?? [])].every((need) => done.has(need) || !dependencies.has(need));
  const start = (name: string) => {
    waiting.delete(name);
    const run = work(name).then(
      () => void done.add(name),
      (error: unknown) => void failed.set(name, error),
    );
    running.set(
      name,
      run.finally(() => running.delete(name)),
    );
  };
  for (;;) {
    if (failed.size === 0 || !options.stopOnFailure) {
      for (const name of waiting) if (running.size < options.parallel && isReady(name)) start(name);
    }
    if (running.size === 0) return { failed, skipped: [...waiting] };
    await Promise.race(running.values());
  }
}
