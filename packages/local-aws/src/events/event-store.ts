import type { Cloud } from '../cloud/cloud.ts';
import type { Collection } from '../cloud/collection.ts';
import { ServiceError } from '../cloud/service.ts';
import type { BusRecord, RuleRecord } from './rule-record.ts';

/** Buses and rules; the bus `default` is always there. */
export class EventStore {
  readonly cloud: Cloud;
  readonly buses: Collection<BusRecord>;
  readonly #rules: Collection<RuleRecord>;

  constructor(cloud: Cloud) {
    this.cloud = cloud;
    this.buses = cloud.collection('events/buses');
    this.#rules = cloud.collection('events/rules');
    if (!this.buses.has('default')) this.addBus('default');
  }

  addBus(name: string, description?: string): BusRecord {
    const bus: BusRecord = {
      name,
      arn: this.busArn(name),
      createdAt: this.cloud.now(),
      ...(description !== undefined && { description }),
      policy: [],
      tags: {},
    };
    this.buses.set(name, bus);
    return bus;
  }

  /** A name or ARN; absent = `default`. */
  busName(nameOrArn: string | undefined): string {
    return nameOrArn?.split('event-bus/').at(-1) ?? 'default';
  }

  bus(nameOrArn: string | undefined): BusRecord {
    const name = this.busName(nameOrArn);
    const bus = this.buses.get(name);
    if (bus === undefined) throw new ServiceError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
    return bus;
  }

  busArn(name: string): string {
    return this.#arn(`event-bus/${name}`);
  }

  ruleArn(name: string, busName: string): string {
    return this.#arn(busName === 'default' ? `rule/${name}` : `rule/${busName}/${name}`);
  }

  findRule(name: string | undefined, bus: string | undefined): RuleRecord | undefined {
    return this.#rules.get(`${this.busName(bus)}/${name}`);
  }

  rule(name: string | undefined, bus: string | undefined): RuleRecord {
    const rule = this.findRule(name, bus);
    if (rule !== undefined) return rule;
    throw new ServiceError(
      'ResourceNotFoundException',
      `Rule ${name} does not exist on EventBus ${this.busName(bus)}.`,
    );
  }

  saveRule(rule: RuleRecord): void {
    this.#rules.set(`${rule.busName}/${rule.name}`, rule);
  }

  deleteRule(rule: RuleRecord): void {
    this.#rules.delete(`${rule.busName}/${rule.name}`);
  }

  rules(busName?: string): RuleRecord[] {
    const all = [...this.#rules.values()];
    return busName === undefined ? all : all.filter((rule) => rule.busName === busName);
  }

  #arn(resource: string): string {
    const { partition, region, accountId } = this.cloud;
    return `arn:${partition}:events:${region}:${accountId}:${resource}`;
  }
}
