import type { Provisioned, ResourceType } from '../resources/resource-type.ts';
import { scopeOf } from '../template/bind-template.ts';
import { evaluate } from '../template/evaluate.ts';
import { isObject, type JsonObject, sameJson, textOf } from '../template/json.ts';
import type { TemplateResource } from '../template/template.ts';
import { TemplateError } from '../template/template-error.ts';
import { type Deployment, type Operation, reasonOf, resourceValues, typeOf } from './deployment.ts';
import { resolveDynamicReferences } from './dynamic-references.ts';
import { resourceContext } from './resource-context.ts';
import type { StackResource } from './stack.ts';

/** What making a resource as the template says takes; `keep` is nothing. */
export type Change = 'create' | 'keep' | 'update' | 'replace';

export function changeOf(
  type: ResourceType,
  before: StackResource | undefined,
  properties: JsonObject,
  stackTagsChanged: boolean,
): Change {
  if (before?.physicalId === undefined) return 'create';
  if (before.type !== type.type) return 'replace';
  const keys = new Set([...Object.keys(before.properties), ...Object.keys(properties)]);
  const changed = [...keys].filter((key) => !sameJson(before.properties[key], properties[key]));
  if (changed.length === 0) return stackTagsChanged && type.canUpdate ? 'update' : 'keep';
  const replaced = type.replacedBy === 'all' || changed.some((key) => type.replacedBy.includes(key));
  return replaced || !type.canUpdate ? 'replace' : 'update';
}

export function evaluateProperties(deployment: Deployment, logicalId: string): JsonObject {
  const resource = deployment.bound.template.resources[logicalId];
  const value = evaluate(resource?.properties ?? {}, scopeOf(deployment.bound, 'value', resourceValues(deployment)));
  return isObject(value) ? value : {};
}

/** Makes one resource as the template says; on failure its status says why and the error is thrown. Returns the old one if replaced. */
export async function applyResource(
  deployment: Deployment,
  logicalId: string,
  stackTagsChanged: boolean,
): Promise<StackResource | undefined> {
  const { stack, bound } = deployment;
  const declared = bound.template.resources[logicalId];
  if (declared === undefined) return undefined;
  const before = stack.resources[logicalId];
  const type = typeOf(deployment, declared);
  const record = newRecord(deployment, logicalId, declared);
  const { needs, deletionPolicy, updateReplacePolicy } = record;
  const next = before === undefined ? record : { ...before, needs, deletionPolicy, updateReplacePolicy };
  try {
    const properties = evaluateProperties(deployment, logicalId);
    const change = changeOf(type, before, properties, stackTagsChanged);
    if (change === 'keep') stack.resources[logicalId] = next;
    else if (change === 'update') await updateResource(deployment, next, properties);
    else await createResource(deployment, { ...record, properties }, before);
    return change === 'replace' || hasNewId(before, stack.resources[logicalId]) ? before : undefined;
  } catch (error) {
    const failed = stack.resources[logicalId] ?? record;
    stack.resources[logicalId] = failed;
    deployment.store.setResourceStatus(
      stack,
      failed,
      before === undefined ? 'CREATE_FAILED' : 'UPDATE_FAILED',
      reasonOf(error),
    );
    throw error;
  }
}

/** A custom resource's provider may answer an update with another ID: that is a replacement. */
function hasNewId(before: StackResource | undefined, after: StackResource | undefined): boolean {
  return before?.physicalId !== undefined && before.physicalId !== after?.physicalId;
}

function newRecord({ checked, cloud }: Deployment, logicalId: string, declared: TemplateResource): StackResource {
  return {
    logicalId,
    type: declared.type,
    attributes: {},
    properties: {},
    needs: [...(checked.dependencies.get(logicalId) ?? [])],
    deletionPolicy: declared.deletionPolicy,
    updateReplacePolicy: declared.updateReplacePolicy,
    status: 'CREATE_IN_PROGRESS',
    changedAt: cloud.now(),
  };
}

async function createResource(
  deployment: Deployment,
  record: StackResource,
  before: StackResource | undefined,
): Promise<void> {
  const { stack, store, cloud, principal } = deployment;
  const type = typeOf(deployment, record);
  const name = type.nameProperty;
  if (
    before !== undefined &&
    before.type === type.type &&
    name !== undefined &&
    record.properties[name] !== undefined &&
    sameJson(before.properties[name], record.properties[name])
  ) {
    throw new TemplateError(
      `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${record.physicalId ?? textOf(record.properties[name])} and update the stack again.`,
    );
  }
  const verb = before === undefined ? 'CREATE' : 'UPDATE';
  store.setResourceStatus(
    stack,
    before === undefined ? setRecord(deployment, record) : before,
    `${verb}_IN_PROGRESS`,
    before === undefined
      ? undefined
      : 'Requested update requires the creation of a new physical resource; hence creating one.',
  );
  const context = resourceContext(cloud, stack, principal, record.logicalId, (physicalId) => {
    record.physicalId = physicalId;
    setRecord(deployment, record);
    store.setResourceStatus(stack, record, `${verb}_IN_PROGRESS`, 'Resource creation Initiated');
  });
  const properties = await resolveDynamicReferences(record.properties, context);
  checkProperties(type, properties, record.logicalId);
  provisioned(record, await type.create(context, properties));
  store.setResourceStatus(stack, setRecord(deployment, record), `${verb}_COMPLETE`);
}

/** Updates in place; also how a rollback returns to former properties. */
export async function updateResource(
  operation: Operation,
  record: StackResource,
  properties: JsonObject,
): Promise<void> {
  const { stack, store, cloud, principal } = operation;
  const type = typeOf(operation, record);
  const { physicalId = '' } = record;
  store.setResourceStatus(stack, setRecord(operation, record), 'UPDATE_IN_PROGRESS');
  const context = resourceContext(cloud, stack, principal, record.logicalId);
  const resolved = await resolveDynamicReferences(properties, context);
  checkProperties(type, resolved, record.logicalId);
  const existing = {
    physicalId,
    properties: await resolveDynamicReferences(record.properties, context),
    attributes: record.attributes,
    ...(record.noEcho && { noEcho: record.noEcho }),
    ...(record.attempted && { attempted: await resolveDynamicReferences(record.attempted, context) }),
  };
  record.attempted = properties;
  const result = await type.update?.(context, existing, resolved);
  delete record.attempted;
  record.properties = properties;
  if (result !== undefined) provisioned(record, result);
  store.setResourceStatus(stack, record, 'UPDATE_COMPLETE');
}

function setRecord(operation: Operation, record: StackResource): StackResource {
  operation.stack.resources[record.logicalId] = record;
  return record;
}

function provisioned(record: StackResource, result: Provisioned): void {
  record.physicalId = result.physicalId;
  if (result.ref !== undefined) record.ref = result.ref;
  record.attributes = result.attributes ?? {};
  if (result.noEcho) record.noEcho = true;
  else delete record.noEcho;
}

function checkProperties(
  type: ResourceType,
  properties: Parameters<ResourceType['parse']>[0],
  logicalId: string,
): void {
  const { issues } = type.parse(properties);
  if (issues.length === 0) return;
  const problems = issues.map((issue) => `/${issue.path.map(String).join('/')} ${issue.message}`).join('; ');
  throw new TemplateError(`Properties validation failed for resource ${logicalId} with message: ${problems}`);
}
