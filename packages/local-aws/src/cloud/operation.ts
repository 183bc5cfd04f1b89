import type { Call, Operation, Permission } from './service.ts';

/** One operation from who may call it and what it does; `run` may throw ServiceError and need not be async. */
export function operation<I, O>(
  permissions: (input: I, call: Call) => readonly Permission[],
  run: (input: I, call: Call) => O | Promise<O>,
): Operation<I, O> {
  return { permissions, run: async (input, call) => run(input, call) };
}

/** The usual single permission. */
export function permit(action: string, resource = '*'): readonly Permission[] {
  return [{ action, resource }];
}
