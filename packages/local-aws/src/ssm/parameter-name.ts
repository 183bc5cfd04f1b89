import { ServiceError } from '../cloud/service.ts';
import { invalid } from './errors.ts';

/** Of a name with the ARN in front of it, less what the ARN takes: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html */
const MAX_NAME_CHARACTERS = 1011;
const MAX_LEVELS = 15;

/** Throws where a new parameter may not be called so. */
export function checkNewName(name: string): void {
  if (!/^[\w./-]+$/.test(name) || name.length > MAX_NAME_CHARACTERS || name.endsWith('/') || name.includes('//')) {
    throw invalid(`"${name}" is not a parameter name: letters, digits, and .-_, divided by single /`);
  }
  if (name.includes('/') && !name.startsWith('/')) throw invalid('Parameter name must be a fully qualified name.');
  if (/^\/?aws/i.test(name)) {
    throw new ServiceError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
  if (/^\/?ssm/i.test(name)) throw invalid(`Parameter name: can't be prefixed with "ssm" (case-insensitive): ${name}`);
  if (name.split('/').length - 1 > MAX_LEVELS) {
    throw new ServiceError(
      'HierarchyLevelLimitExceededException',
      `A hierarchy can have at most ${MAX_LEVELS} levels: ${name}`,
    );
  }
}

/** A name as requests give it. */
export interface ParameterReference {
  readonly name: string;
  /** What follows the name: `3`, or a label, which no version has here. */
  readonly selector?: string;
}

/** `name`, `/path/name:3`, `arn:aws:ssm:us-east-1:123456789012:parameter/path/name:3`; an ARN does not tell `/name` from `name`. */
export function readReference(text = ''): ParameterReference {
  const path = text.startsWith('arn:') ? text.replace(/^.*?:parameter(?=\/)/, '') : text;
  const [name = '', selector] = path.split(':');
  return { name, ...(selector !== undefined && { selector }) };
}
