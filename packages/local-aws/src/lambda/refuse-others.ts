import { ServiceError } from '../cloud/service.ts';

/** Throws for every given member that the operation does not act on, so that nothing is silently ignored. */
export function refuseOthers(input: object, known: readonly string[]): void {
  const others = Object.entries(input).filter(([key, value]) => value !== undefined && !known.includes(key));
  if (others.length === 0) return;
  const names = others.map(([key]) => key).join(', ');
  throw new ServiceError('InvalidParameterValueException', `local-aws does not simulate ${names}: leave it out`);
}
