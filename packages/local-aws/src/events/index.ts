import { randomUUID } from 'node:crypto';
import type { Cloud } from '../cloud/cloud.ts';
import type { Service } from '../cloud/service.ts';
import { archiveOperations } from './archive-operations.ts';
import { ArchiveStore } from './archive-store.ts';
import { busOperations } from './bus-operations.ts';
import { Deliveries, type EventFaults } from './deliveries.ts';
import { compilePattern } from './event-pattern.ts';
import { EventStore } from './event-store.ts';
import { isoSeconds, type PutEventsFaults, putEvents } from './put-events.ts';
import { replayOperations } from './replay-operations.ts';
import { Replays } from './replays.ts';
import { ruleOperations } from './rule-operations.ts';
import type { EventEnvelope, RuleRecord } from './rule-record.ts';
import { Schedules } from './schedules.ts';
import { targetOperations } from './target-operations.ts';

export type { EventFaults } from './deliveries.ts';
export type { PutEntry, PutEventsFaults } from './put-events.ts';

/** EventBridge: buses, rules, patterns, schedules, and delivery to Lambda, SQS and CodePipeline. */
export function createEvents(cloud: Cloud, faults: EventFaults = {}, putFaults?: PutEventsFaults): Service {
  const store = new EventStore(cloud);
  const deliveries = new Deliveries(cloud, faults);
  const schedules = new Schedules(cloud, (rule) => deliveries.send(rule, scheduledEvent(cloud, rule)));
  const archives = new ArchiveStore(cloud);
  const deliver = (busName: string, event: EventEnvelope, ruleArns: readonly string[]) => {
    for (const rule of store.rules(busName)) {
      if (ruleArns.length > 0 && !ruleArns.includes(rule.arn)) continue;
      if (rule.isEnabled && rule.pattern !== undefined && compilePattern(rule.pattern)(event))
        deliveries.send(rule, event);
    }
  };
  const replays = new Replays(archives, deliver);
  const route = (busName: string, event: EventEnvelope) => {
    archives.keep(busName, event);
    deliver(busName, event, []);
  };
  return {
    name: 'events',
    operations: {
      ...busOperations(store),
      ...ruleOperations(store, schedules),
      ...targetOperations(store),
      ...archiveOperations(store, archives),
      ...replayOperations(store, archives, replays),
      PutEvents: putEvents(store, route, putFaults),
    },
    start: async () => {
      for (const rule of store.rules()) schedules.update(rule);
      replays.resume();
    },
    stop: async () => {
      schedules.stop();
      await replays.stop();
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
