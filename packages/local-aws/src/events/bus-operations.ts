import type * as events from '@aws-sdk/client-eventbridge';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import type { EventStore } from './event-store.ts';
import type { BusRecord } from './rule-record.ts';

/** Event buses and who may put events on them. */
export function busOperations(store: EventStore): Service['operations'] {
  const on = (action: string) => (input: { Name?: string | undefined; EventBusName?: string | undefined }) =>
    permit(`events:${action}`, busArn(store, input.Name ?? input.EventBusName));
  return {
    CreateEventBus: operation(
      on('CreateEventBus'),
      (input: events.CreateEventBusRequest): events.CreateEventBusResponse => {
        const name = input.Name ?? '';
        if (!/^[\w./-]{1,256}$/.test(name)) throw new ServiceError('ValidationException', `${name} is not a bus name`);
        if (store.buses.has(name)) {
          throw new ServiceError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
        }
        const bus = store.addBus(name, input.Description);
        for (const { Key = '', Value = '' } of input.Tags ?? []) bus.tags[Key] = Value;
        store.buses.set(name, bus);
        return { EventBusArn: bus.arn };
      },
    ),
    UpdateEventBus: operation(
      on('UpdateEventBus'),
      (input: events.UpdateEventBusRequest): events.UpdateEventBusResponse => {
        const bus = store.bus(input.Name);
        if (input.Description !== undefined) bus.description = input.Description;
        store.buses.set(bus.name, bus);
        return { Arn: bus.arn, Name: bus.name };
      },
    ),
    DescribeEventBus: operation(on('DescribeEventBus'), (input: events.DescribeEventBusRequest) =>
      busView(store.bus(input.Name)),
    ),
    ListEventBuses: operation(
      () => permit('events:ListEventBuses'),
      (input: events.ListEventBusesRequest): events.ListEventBusesResponse => ({
        EventBuses: [...store.buses.values()]
          .filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
          .map(busView),
      }),
    ),
    DeleteEventBus: operation(on('DeleteEventBus'), (input: events.DeleteEventBusRequest) => {
      const name = store.busName(input.Name);
      if (name === 'default') throw new ServiceError('ValidationException', 'Cannot delete event bus default.');
      if (store.rules(name).length > 0) {
        throw new ServiceError('ValidationException', `Cannot delete event bus ${name}: it has rules.`);
      }
      store.buses.delete(name);
    }),
    PutPermission: operation(on('PutPermission'), (input: events.PutPermissionRequest) => {
      const bus = store.bus(input.EventBusName);
      const added = input.Policy === undefined ? [statementOf(bus, input)] : JSON.parse(input.Policy).Statement;
      const kept = input.Policy === undefined ? bus.policy.filter(({ Sid }) => Sid !== input.StatementId) : [];
      bus.policy = [...kept, ...[added].flat()];
      store.buses.set(bus.name, bus);
    }),
    RemovePermission: operation(on('RemovePermission'), (input: events.RemovePermissionRequest) => {
      const bus = store.bus(input.EventBusName);
      bus.policy = input.RemoveAllPermissions === true ? [] : bus.policy.filter(({ Sid }) => Sid !== input.StatementId);
      store.buses.set(bus.name, bus);
    }),
  };
}

function busArn(store: EventStore, nameOrArn: string | undefined): string {
  return store.busArn(store.busName(nameOrArn));
}

function busView(bus: BusRecord): events.DescribeEventBusResponse {
  return {
    Name: bus.name,
    Arn: bus.arn,
    CreationTime: new Date(bus.createdAt),
    ...(bus.description !== undefined && { Description: bus.description }),
    ...(bus.policy.length > 0 && { Policy: JSON.stringify({ Version: '2012-10-17', Statement: bus.policy }) }),
  };
}

function statementOf(bus: BusRecord, input: events.PutPermissionRequest): Record<string, unknown> {
  return {
    Sid: input.StatementId,
    Effect: 'Allow',
    Principal: input.Principal === '*' ? '*' : { AWS: `arn:aws:iam::${input.Principal}:root` },
    Action: input.Action,
    Resource: bus.arn,
  };
}
