import type { EventEnvelope, RuleRecord, TargetRecord } from './rule-record.ts';
import { isObject } from './value-filter.ts';

/** What a target is sent for an event: the event, a part of it, a constant, or a transformed text. */
export function targetInput(rule: RuleRecord, target: TargetRecord, event: EventEnvelope): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(readPath(event, target.InputPath) ?? null);
  if (target.InputTransformer === undefined) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = target.InputTransformer;
  const values = Object.fromEntries(Object.entries(InputPathsMap).map(([name, path]) => [name, readPath(event, path)]));
  return fillTemplate(InputTemplate, { ...values, ...reserved(rule, event) });
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

/** A placeholder inside quotes becomes text, one outside becomes JSON. */
function fillTemplate(template: string, values: Readonly<Record<string, unknown>>): string {
  let isQuoted = false;
  return template.replace(/\\.|"|<([\w.-]+)>/g, (match, name: string | undefined) => {
    if (match === '"') isQuoted = !isQuoted;
    if (name === undefined) return match;
    const value = values[name];
    if (!isQuoted && template.trimStart().startsWith('{')) return JSON.stringify(value ?? '');
    const text = typeof value === 'string' ? value : JSON.stringify(value ?? '');
    return isQuoted ? JSON.stringify(text).slice(1, -1) : text;
  });
}
