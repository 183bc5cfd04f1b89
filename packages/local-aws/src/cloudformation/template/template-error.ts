import { ServiceError } from '../../cloud/service.ts';

/** What is wrong with a template, without the place; who evaluates adds the place. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** The API's answer to a template or parameters that cannot be used: every problem in one message, one per line. */
export function validationError(problems: readonly string[]): ServiceError {
  const unique = [...new Set(problems)];
  const [only] = unique;
  return new ServiceError(
    'ValidationError',
    unique.length === 1 && only !== undefined ? only : `${unique.length} problems:\n- ${unique.join('\n- ')}`,
  );
}

/** Runs `evaluate`; a TemplateError becomes a problem at `place` and `undefined`. */
export function collect<T>(problems: string[], place: string, evaluate: () => T): T | undefined {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    problems.push(place === '' ? error.message : `${error.message} (at ${place})`);
    return undefined;
  }
}
