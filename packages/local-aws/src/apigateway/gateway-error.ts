import { ServiceError } from '../cloud/service.ts';

export function badRequest(message: string): ServiceError {
  return new ServiceError('BadRequestException', message, 400);
}

export function notFound(message: string): ServiceError {
  return new ServiceError('NotFoundException', message, 404);
}

export function conflict(message: string): ServiceError {
  return new ServiceError('ConflictException', message, 409);
}

/** Throws for every given member that is not acted on here, so that nothing is silently ignored. */
export function refuseOthers(input: object, known: readonly string[], where = ''): void {
  const others = Object.entries(input).filter(([key, value]) => value !== undefined && !known.includes(key));
  if (others.length === 0) return;
  const names = others.map(([key]) => `${where}${key}`).join(', ');
  throw badRequest(`local-aws does not simulate ${names}: leave it out`);
}

/** Throws unless `value` is absent or one of `words`. */
export function oneOf(name: string, value: string | undefined, words: readonly string[]): void {
  if (value === undefined || words.includes(value)) return;
  throw badRequest(`local-aws simulates ${name} ${words.join(', ')}, not ${value}`);
}
