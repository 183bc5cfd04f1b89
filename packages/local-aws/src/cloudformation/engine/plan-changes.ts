import { type BoundTemplate, type ResourceValues, scopeOf } from '../template/bind-template.ts';
import type { CheckedTemplate, ResourceTypes } from '../template/check-template.ts';
import { evaluate } from '../template/evaluate.ts';
import { isObject, sameJson, textOf } from '../template/json.ts';
import { PENDING } from '../template/pending.ts';
import { changeOf } from './apply-resource.ts';
import { MASK } from './deployment.ts';
import type { Stack } from './stack.ts';

export interface PlannedChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  readonly replacement?: 'True' | 'False';
}

export interface Plan {
  readonly changes: readonly PlannedChange[];
  /** Nothing at all: no resource, output, policy or description differs. */
  readonly isEmpty: boolean;
}

/** What an update would do, as a change set shows it; a reference to what would be replaced counts as changed. */
export function planChanges(
  types: ResourceTypes,
  stack: Stack,
  prepared: { readonly bound: BoundTemplate; readonly checked: CheckedTemplate },
): Plan {
  const { bound, checked } = prepared;
  const changes: PlannedChange[] = [];
  const replaced = new Set<string>();
  const scope = scopeOf(bound, 'value', plannedValues(stack, replaced));
  for (const logicalId of inOrder(checked)) {
    const declared = bound.template.resources[logicalId];
    const type = types.get(declared?.type ?? '');
    if (declared === undefined || type === undefined) continue;
    const properties = evaluate(declared.properties, scope);
    const before = stack.resources[logicalId];
    const change = changeOf(type, before, isObject(properties) ? properties : {}, false);
    const physical = before?.physicalId === undefined ? {} : { physicalId: before.physicalId };
    if (change === 'create') {
      replaced.add(logicalId);
      changes.push({ action: 'Add', logicalId, type: declared.type });
    } else if (change !== 'keep') {
      if (change === 'replace') replaced.add(logicalId);
      changes.push({
        action: 'Modify',
        logicalId,
        type: declared.type,
        ...physical,
        replacement: change === 'replace' ? 'True' : 'False',
      });
    }
  }
  for (const { logicalId, type, physicalId } of Object.values(stack.resources)) {
    if (checked.dependencies.has(logicalId)) continue;
    changes.push({ action: 'Remove', logicalId, type, ...(physicalId === undefined ? {} : { physicalId }) });
  }
  return { changes, isEmpty: changes.length === 0 && !hasOtherChange(stack, bound) };
}

function plannedValues(stack: Stack, replaced: ReadonlySet<string>, masked = false): ResourceValues {
  return {
    ref: (logicalId) => {
      const resource = stack.resources[logicalId];
      return resource === undefined || replaced.has(logicalId)
        ? PENDING
        : (resource.ref ?? resource.physicalId ?? PENDING);
    },
    getAtt: (logicalId, attribute) => {
      const resource = stack.resources[logicalId];
      const value = masked && resource?.noEcho ? MASK : resource?.attributes[attribute];
      return replaced.has(logicalId) ? PENDING : (value ?? PENDING);
    },
  };
}

function inOrder(checked: CheckedTemplate): string[] {
  const order = new Set<string>();
  const visit = (name: string): void => {
    if (order.has(name)) return;
    for (const need of checked.dependencies.get(name) ?? []) visit(need);
    order.add(name);
  };
  for (const name of checked.dependencies.keys()) visit(name);
  return [...order];
}

// AWS takes a change of outputs alone as an update, but not one of Metadata or descriptions of parameters alone.
function hasOtherChange(stack: Stack, bound: BoundTemplate): boolean {
  const values = Object.values(stack.resources);
  const policies = values.some(({ logicalId, deletionPolicy, updateReplacePolicy }) => {
    const declared = bound.template.resources[logicalId];
    return (
      declared !== undefined &&
      (declared.deletionPolicy !== deletionPolicy || declared.updateReplacePolicy !== updateReplacePolicy)
    );
  });
  const scope = scopeOf(bound, 'value', plannedValues(stack, new Set(), true));
  const outputs = Object.entries(bound.template.outputs).flatMap(([key, output]) => {
    if (typeof output.Condition === 'string' && !bound.condition(output.Condition)) return [];
    const value = evaluate(output.Value ?? '', scope);
    const exported = isObject(output.Export) ? evaluate(output.Export.Name ?? '', scope) : undefined;
    return [
      [
        key,
        textOf(value),
        typeof output.Description === 'string' ? output.Description : null,
        exported === undefined ? null : textOf(exported),
      ],
    ];
  });
  const before = stack.outputs.map(({ key, value, description, exportName }) => [
    key,
    value,
    description ?? null,
    exportName ?? null,
  ]);
  return policies || !sameJson(outputs, before);
}
