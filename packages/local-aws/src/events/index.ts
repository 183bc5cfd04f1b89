import { randomUUID } from 'node:crypto';
import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { busOperations } from './bus-operations.ts';
import { Deliveries, type EventFaults } from './deliveries.ts';
import { compilePattern } from './event-pattern.ts';
import { EventStore } from './event-store.ts';
import { isoSeconds, putEvents } from './put-events.ts';
import { ruleOperations } from './rule-operations.ts';
import type { EventEnvelope, RuleRecord } from './rule-record.ts';
import { Schedules } from './schedules.ts';
import { targetOperations } from './target-operations.ts';

export type { EventFaults } from './deliveries.ts';

/** EventBridge: buses, rules, patterns, schedules, and delivery to Lambda, SQS and CodePipeline. */
export function createEvents(cloud: Cloud, faults: EventFaults = {}): Service {
  const store = new EventStore(cloud);
  const deliveries = new Deliveries(cloud, faults);
  const schedules = new Schedules(cloud, (rule) => deliveries.send(rule, scheduledEvent(cloud, rule)));
  const route = (busName: string, event: EventEnvelope) => {
    for (const rule of store.rules(busName)) {
      if (rule.isEnabled && rule.pattern !== undefined && compilePattern(rule.pattern)(event))
        deliveries.send(rule, event);
    }
  };
  return {
    name: 'events',
    operations: {
      ...busOperations(store),
      ...ruleOperations(store, schedules),
      ...targetOperations(store),
      PutEvents: putEvents(store, route),
    },
    start: async () => {
      for (const rule of store.rules()) schedules.update(rule);
    },
    stop: async () => {
      schedules.stop();
      await deliveries.stop();
    },
  };
}

function scheduledEvent(cloud: Cloud, rule: RuleRecord): EventEnvelope {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: cloud.accountId,
    time: isoSeconds(cloud.now()),
    region: cloud.region,
    resources: [rule.arn],
    detail: {},
  };
}
