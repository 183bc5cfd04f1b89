import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { type Permission, ServiceError } from '../cloud/service.ts';
import { invalid, notFound } from './errors.ts';
import { type ParameterReference, readReference } from './parameter-name.ts';
import type { ParameterRecord, ParameterVersion } from './parameter-record.ts';

/** Parameters by name. */
export class ParameterStore {
  readonly cloud: Cloud;
  readonly parameters: Collection<ParameterRecord>;

  constructor(cloud: Cloud) {
    this.cloud = cloud;
    this.parameters = cloud.collection('ssm/parameters');
  }

  /** `/a/b` is `…:parameter/a/b`, and so is `a/b`, if there could be one. */
  arn(name: string): string {
    const { partition, region, accountId } = this.cloud;
    return `arn:${partition}:ssm:${region}:${accountId}:parameter/${name.replace(/^\//, '')}`;
  }

  lookup(name: string): ParameterRecord | undefined {
    return this.parameters.get(name);
  }

  /** By name or ARN, as a whole; ParameterNotFound. */
  find(id: string | undefined): ParameterRecord {
    const { name, selector } = this.#reference(id);
    if (selector !== undefined) throw invalid(`${id} names a version, and a parameter is asked for`);
    return this.#get(name, id);
  }

  /** By name or ARN, the newest version or the one that it names; ParameterNotFound, ParameterVersionNotFound. */
  findVersion(id: string | undefined): { parameter: ParameterRecord; version: ParameterVersion; selector?: string } {
    const { name, selector } = this.#reference(id);
    const parameter = this.#get(name, id);
    if (selector === undefined) return { parameter, version: newest(parameter) };
    const version = parameter.versions.find((each) => String(each.version) === selector);
    if (version !== undefined) return { parameter, version, selector: `:${selector}` };
    throw new ServiceError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${selector} of ${parameter.name}. Verify the version and try again.`,
    );
  }

  save(parameter: ParameterRecord): void {
    this.parameters.set(parameter.name, parameter);
  }

  permission(action: string, id: string | undefined, context?: Permission['context']): Permission {
    const resource = this.arn(readReference(id).name);
    return { action: `ssm:${action}`, resource, ...(context !== undefined && { context }) };
  }

  #get(name: string, id: string | undefined): ParameterRecord {
    const parameter = this.parameters.get(name);
    if (parameter === undefined || (id?.startsWith('arn:') === true && !id.startsWith(this.arn(''))))
      throw notFound(id);
    return parameter;
  }

  #reference(id: string | undefined): ParameterReference {
    const { name, ...rest } = readReference(id);
    const isSimple = id?.startsWith('arn:') === true && !this.parameters.has(name);
    return { name: isSimple ? name.replace(/^\//, '') : name, ...rest };
  }
}

export function newest({ name, versions }: ParameterRecord): ParameterVersion {
  const version = versions.at(-1);
  if (version === undefined) throw new Error(`the parameter ${name} has no version`);
  return version;
}
