import { ServiceError } from '../cloud/service.ts';
import type { EventEnvelope, RuleRecord, TargetRecord } from './rule-record.ts';
import { isObject } from './value-filter.ts';

/**
 * What a target is sent for an event: the event, a part of it, a constant, or a transformed text. ValidationException
 * where the template would be JSON and what came out is not.
 */
export function targetInput(rule: RuleRecord, target: TargetRecord, event: EventEnvelope): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(readPath(event, target.InputPath) ?? null);
  if (target.InputTransformer === undefined) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = target.InputTransformer;
  const values = Object.fromEntries(Object.entries(InputPathsMap).map(([name, path]) => [name, readPath(event, path)]));
  const text = fillTemplate(InputTemplate, { ...values, ...reserved(rule, event) });
  if (!/^\s*[[{"]/.test(InputTemplate) || isJson(text)) return text;
  throw new ServiceError(
    'ValidationException',
    `The input of target ${target.Id} is not JSON: EventBridge does not escape what is put between quotes. It is ${text}`,
  );
}

/** `$.detail.state`, `$.resources[0]`, `$`. */
export function readPath(event: unknown, path: string): unknown {
  let value = event;
  for (const [, name, index] of path.replace(/^\$/, '').matchAll(/\.([\w-]+)|\[(\d+)\]/g)) {
    if (name !== undefined) value = isObject(value) ? value[name] : undefined;
    else value = Array.isArray(value) ? value[Number(index)] : undefined;
  }
  return value;
}

/** `$`, then `.name` or `[index]`, as targets' paths may be written here. */
export function isPath(path: string): boolean {
  return /^\$(\.[\w-]+|\[\d+\])*$/.test(path);
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html */
const RESERVED = ['aws.events.rule-arn', 'aws.events.rule-name', 'aws.events.event', 'aws.events.event.json'] as const;

function reserved(rule: RuleRecord, event: EventEnvelope): Readonly<Record<(typeof RESERVED)[number], unknown>> {
  const { detail: _detail, ...withoutDetail } = event;
  return {
    'aws.events.rule-arn': rule.arn,
    'aws.events.rule-name': rule.name,
    'aws.events.event': withoutDetail,
    'aws.events.event.json': event,
  };
}

/** The placeholders of a template that neither its own paths nor EventBridge define. */
export function unknownPlaceholders(template: string, ownNames: readonly string[]): string[] {
  const known = new Set<string>([...ownNames, ...RESERVED]);
  return [...template.matchAll(/<([\w.-]+)>/g)].map(([, name = '']) => name).filter((name) => !known.has(name));
}

/**
 * A placeholder outside of quotes becomes JSON. Between quotes a text stands as it is, without escapes, and an object or a list
 * without its quotes. What is not in the event is empty.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
function fillTemplate(template: string, values: Readonly<Record<string, unknown>>): string {
  let isQuoted = false;
  return template.replace(/\\.|"|<([\w.-]+)>/g, (match, name: string | undefined) => {
    if (match === '"') isQuoted = !isQuoted;
    if (name === undefined) return match;
    const value = values[name];
    if (!isQuoted && template.trimStart().startsWith('{')) return JSON.stringify(value === undefined ? '' : value);
    if (value === undefined || typeof value === 'string') return value ?? '';
    const json = JSON.stringify(value);
    return isQuoted ? json.replaceAll('"', '') : json;
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
