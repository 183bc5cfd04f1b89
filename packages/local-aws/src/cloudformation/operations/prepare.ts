import { randomUUID } from 'node:crypto';
import type { Parameter } from '@aws-sdk/client-cloudformation';
import type { Cloud } from '../../cloud/cloud.ts';
import { ServiceError } from '../../cloud/service.ts';
import type { Stack } from '../engine/stack.ts';
import type { StackStore } from '../engine/stack-store.ts';
import { type BoundTemplate, bindTemplate, type Environment } from '../template/bind-template.ts';
import { type CheckedTemplate, checkTemplate, type ResourceTypes } from '../template/check-template.ts';
import { readTemplate, type Template } from '../template/template.ts';

/** What every operation works with. */
export interface CloudFormation {
  readonly cloud: Cloud;
  readonly store: StackStore;
  readonly types: ResourceTypes;
  /** Runs an operation after its call has been answered. */
  inBackground(stack: Stack, work: () => Promise<void>): void;
}

/** A template with parameters, checked and ready to be made; nothing exists or is changed yet. */
export interface Prepared {
  readonly bound: BoundTemplate;
  readonly checked: CheckedTemplate;
  readonly imports: readonly string[];
}

export interface StackIdentity {
  readonly id: string;
  readonly name: string;
}

const STACK_NAME = /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/;

export function newStackIdentity(cloud: Cloud, name: string | undefined): StackIdentity {
  if (name === undefined || !STACK_NAME.test(name)) {
    throw new ServiceError(
      'ValidationError',
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*, at most 128 characters`,
    );
  }
  return { name, id: `${stackArn(cloud, name)}${randomUUID()}` };
}

/** `arn:aws:cloudformation:eu-west-1:123456789012:stack/name/`, without the unique end. */
export function stackArn(cloud: Cloud, name: string): string {
  return `arn:${cloud.partition}:cloudformation:${cloud.region}:${cloud.accountId}:stack/${name}/`;
}

/** Reads, binds and checks; throws ValidationError or InsufficientCapabilitiesException. */
export function prepare(
  service: CloudFormation,
  identity: StackIdentity,
  text: string,
  parameters: Readonly<Record<string, string>>,
  options: { readonly capabilities: readonly string[]; readonly notificationArns: readonly string[] },
): Prepared {
  const imports = new Set<string>();
  const environment: Environment = {
    region: service.cloud.region,
    accountId: service.cloud.accountId,
    partition: service.cloud.partition,
    stackId: identity.id,
    stackName: identity.name,
    notificationArns: options.notificationArns,
    exported: (name) => {
      imports.add(name);
      return exportedValue(service.store, name);
    },
  };
  const bound = bindTemplate(readTemplate(text), parameters, environment);
  const checked = checkTemplate(bound, service.types);
  checkCapabilities(checked, options.capabilities);
  return { bound, checked, imports: [...imports] };
}

function exportedValue(store: StackStore, name: string): string | undefined {
  const outputs = store
    .all()
    .filter(({ status }) => status !== 'DELETE_COMPLETE')
    .flatMap(({ outputs }) => outputs);
  return outputs.find(({ exportName }) => exportName === name)?.value;
}

function checkCapabilities(checked: CheckedTemplate, given: readonly string[]): void {
  // CAPABILITY_NAMED_IAM includes CAPABILITY_IAM.
  const isEnough = (needed: string) => given.includes(needed) || given.includes('CAPABILITY_NAMED_IAM');
  const missing = [...checked.capabilities.keys()].filter((needed) => !isEnough(needed));
  if (missing.length === 0) return;
  const named = missing.includes('CAPABILITY_NAMED_IAM') ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM';
  throw new ServiceError('InsufficientCapabilitiesException', `Requires capabilities : [${named}]`);
}

/** Parameters of a request as text; `UsePreviousValue` takes the stack's. */
export function givenParameters(
  template: Template,
  parameters: readonly Parameter[] | undefined,
  previous: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const given: Record<string, string> = {};
  for (const { ParameterKey: key, ParameterValue: value, UsePreviousValue: usePrevious } of parameters ?? []) {
    if (key === undefined) throw new ServiceError('ValidationError', 'Every parameter needs a ParameterKey');
    if (Object.hasOwn(given, key))
      throw new ServiceError('ValidationError', `Duplicate ParameterKey specified: [${key}]`);
    if (usePrevious === true) {
      if (value !== undefined && value !== '')
        throw new ServiceError(
          'ValidationError',
          `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true and non empty value for a parameter`,
        );
      const old = previous?.[key];
      // A parameter that the new template no longer has cannot keep its value.
      if (old === undefined && Object.hasOwn(template.parameters, key)) {
        throw new ServiceError(
          'ValidationError',
          `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
        );
      }
      given[key] = old ?? '';
    } else {
      given[key] = value ?? '';
    }
  }
  return given;
}
