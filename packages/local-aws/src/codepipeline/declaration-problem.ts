export type DeclarationFault =
  | 'InvalidStructureException'
  | 'InvalidStageDeclarationException'
  | 'InvalidActionDeclarationException'
  | 'InvalidBlockerDeclarationException'
  | 'ValidationException';

/** One thing wrong with a pipeline, and the API error that it is. */
export interface DeclarationProblem {
  readonly fault: DeclarationFault;
  readonly text: string;
}

export function problem(condition: boolean, fault: DeclarationFault, text: string): DeclarationProblem[] {
  return condition ? [{ fault, text }] : [];
}

export function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
}
