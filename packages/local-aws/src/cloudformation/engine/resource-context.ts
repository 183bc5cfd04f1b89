import { randomInt } from 'node:crypto';
import type { Cloud } from '../../cloud/cloud.ts';
import type { Principal } from '../../cloud/principal.ts';
import type { ResourceContext } from '../resources/resource-type.ts';
import type { Stack } from './stack.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const RANDOM_LENGTH = 12;

export function resourceContext(
  cloud: Cloud,
  stack: Stack,
  principal: Principal,
  logicalId: string,
  created: (physicalId: string) => void = () => {},
): ResourceContext {
  return {
    cloud,
    region: cloud.region,
    accountId: cloud.accountId,
    partition: cloud.partition,
    stackId: stack.id,
    stackName: stack.name,
    logicalId,
    stackTags: stack.tags,
    created,
    call: (service, operation, input) => cloud.call(principal, service, operation, defined(input)),
    physicalName: (maxLength) => physicalName(stack.name, logicalId, maxLength),
  };
}

/** `my-stack-Role-1A2B3C4D5E6F`; a long stack name and logical ID are cut, the random end never is. */
export function physicalName(stackName: string, logicalId: string, maxLength: number): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  const space = maxLength - RANDOM_LENGTH - 2;
  const forStack = Math.max(Math.floor(space / 2), space - logicalId.length);
  const stack = stackName.slice(0, forStack);
  return `${stack}-${logicalId.slice(0, space - stack.length)}-${random}`;
}

/** Without `undefined` members: handlers write optional properties as they find them, the API's shapes have none. */
export function defined<T>(input: T): T {
  if (Array.isArray(input)) return input.map(defined) as T;
  if (typeof input !== 'object' || input === null || Object.getPrototypeOf(input) !== Object.prototype) return input;
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, defined(value)])) as T;
}
