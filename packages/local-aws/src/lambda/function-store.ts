import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { type Permission, ServiceError } from '../cloud/service.ts';
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

  find(identifier: string | undefined): FunctionRecord {
    const record = this.functions.get(this.nameOf(identifier));
    if (record !== undefined) return record;
    throw new ServiceError(
      'ResourceNotFoundException',
      `Function not found: ${this.arn(this.nameOf(identifier))}`,
      404,
    );
  }

  save(record: FunctionRecord): void {
    this.functions.set(record.name, record);
  }

  permission(action: string, identifier: string | undefined): readonly Permission[] {
    return [{ action: `lambda:${action}`, resource: this.arn(this.nameOf(identifier)) }];
  }

  /** Invoking is what a function's own policy may allow. */
  invokePermission(identifier: string | undefined): readonly Permission[] {
    const statements = this.functions.get(this.nameOf(identifier))?.policy ?? [];
    return [
      {
        action: 'lambda:InvokeFunction',
        resource: this.arn(this.nameOf(identifier)),
        ...(statements.length > 0 && { resourcePolicy: { Version: '2012-10-17', Statement: statements } }),
      },
    ];
  }
}
