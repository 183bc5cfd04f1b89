import { ServiceError } from '../cloud/service.ts';

/** What the request says cannot be. */
export function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}

export function notFound(name: string | undefined): ServiceError {
  return new ServiceError('ParameterNotFound', `There is no parameter ${name}.`);
}

/** Throws for every given member that the operation does not act on, so that nothing is silently ignored. */
export function refuseOthers(input: object, known: readonly string[]): void {
  const others = Object.entries(input).filter(([key, value]) => value !== undefined && !known.includes(key));
  if (others.length === 0) return;
  throw invalid(`local-aws does not simulate ${others.map(([key]) => key).join(', ')}: leave it out`);
}
