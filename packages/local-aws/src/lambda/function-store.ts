import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { type Call, type Permission, ServiceError } from '../cloud/service.ts';
import type { FunctionRecord } from './function-record.ts';

/** Functions by name; a name, a partial ARN or an ARN finds one. */
export class FunctionStore {
  readonly cloud: Cloud;
  readonly functions: Collection<FunctionRecord>;

  constructor(cloud: Cloud) {
    this.cloud = cloud;
    this.functions = cloud.collection('lambda/functions');
  }

  arn(name: string): string {
    const { partition, region, accountId } = this.cloud;
    return `arn:${partition}:lambda:${region}:${accountId}:function:${name}`;
  }

  /** `name`, `name:$LATEST`, `123456789012:function:name` or an ARN. */
  nameOf(identifier: string | undefined): string {
    const parts = (identifier ?? '').split(':');
    const at = parts.indexOf('function');
    return (at === -1 ? parts[0] : parts[at + 1]) ?? '';
  }

  find(identifier: string | undefined, qualifier = qualifierOf(identifier)): FunctionRecord {
    const name = this.nameOf(identifier);
    const record = this.functions.get(name);
    if (record !== undefined && qualifier === '$LATEST') return record;
    // Versions and aliases are not simulated, so there are none.
    const arn = qualifier === '$LATEST' ? this.arn(name) : `${this.arn(name)}:${qualifier}`;
    throw new ServiceError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
  }

  save(record: FunctionRecord): void {
    this.functions.set(record.name, record);
  }

  permission(action: string, identifier: string | undefined): readonly Permission[] {
    return [{ action: `lambda:${action}`, resource: this.arn(this.nameOf(identifier)) }];
  }

  /**
   * Invoking is what a function's own policy may allow. Through a function URL it takes two actions, as for every URL
   * made since October 2025: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html.
   */
  invokePermission(identifier: string | undefined, { principal }: Pick<Call, 'principal'>): readonly Permission[] {
    const statements = this.functions.get(this.nameOf(identifier))?.policy ?? [];
    const isByUrl = principal.functionUrlAuthType !== undefined;
    const actions = isByUrl ? ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'] : ['lambda:InvokeFunction'];
    return actions.map((action) => ({
      action,
      resource: this.arn(this.nameOf(identifier)),
      ...(statements.length > 0 && { resourcePolicy: { Version: '2012-10-17', Statement: statements } }),
    }));
  }
}

function qualifierOf(identifier = ''): string {
  const parts = identifier.split(':');
  return parts[parts.indexOf('function') + 2] ?? '$LATEST';
}
