import { ServiceError } from '../cloud/service.ts';

/** An operation that is not there, said so that nobody searches for a wrong parameter. */
export function unknownOperation(service: string, operation: string): ServiceError {
  return new ServiceError(
    'UnknownOperationException',
    `local-aws has no ${service}:${operation || '(no operation named)'}. ` +
      'packages/local-aws/README.md lists what it simulates; AWS itself may well have it.',
  );
}
