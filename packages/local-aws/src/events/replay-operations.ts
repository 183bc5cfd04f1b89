import type * as events from '@aws-sdk/client-eventbridge';
import { operation, permit } from '../cloud/operation.ts';
import { type Service, ServiceError } from '../cloud/service.ts';
import type { ReplayRecord } from './archive-record.ts';
import type { ArchiveStore } from './archive-store.ts';
import type { EventStore } from './event-store.ts';
import type { Replays } from './replays.ts';

/** Replays of archives, to the bus they were made of. */
export function replayOperations(store: EventStore, archives: ArchiveStore, replays: Replays): Service['operations'] {
  const on = (action: string) => (input: { ReplayName: string | undefined }) =>
    permit(`events:${action}`, archives.arn('replay', input.ReplayName));
  return {
    StartReplay: operation(on('StartReplay'), (input: events.StartReplayRequest): events.StartReplayResponse => {
      const replay = readReplay(store, archives, input);
      archives.replays.set(replay.name, replay);
      const { arn: ReplayArn, startedAt } = replay;
      replays.start(replay);
      return { ReplayArn, State: 'STARTING', ReplayStartTime: new Date(startedAt) };
    }),
    DescribeReplay: operation(
      on('DescribeReplay'),
      (input: events.DescribeReplayRequest): events.DescribeReplayResponse => {
        const replay = archives.replay(input.ReplayName);
        const { arn: ReplayArn, busArn: Arn, filterArns, description } = replay;
        return {
          ...replayView(replay),
          ReplayArn,
          Destination: { Arn, ...(filterArns.length > 0 && { FilterArns: [...filterArns] }) },
          ...(description !== undefined && { Description: description }),
        };
      },
    ),
    ListReplays: operation(
      () => permit('events:ListReplays'),
      (input: events.ListReplaysRequest): events.ListReplaysResponse => ({
        Replays: [...archives.replays.values()]
          .filter(({ name, state, archiveArn }) => {
            const isArchive = input.EventSourceArn === undefined || input.EventSourceArn === archiveArn;
            const isState = input.State === undefined || input.State === state;
            return isArchive && isState && name.startsWith(input.NamePrefix ?? '');
          })
          .map(replayView),
      }),
    ),
    CancelReplay: operation(on('CancelReplay'), (input: events.CancelReplayRequest): events.CancelReplayResponse => {
      const replay = archives.replay(input.ReplayName);
      if (replay.state !== 'STARTING' && replay.state !== 'RUNNING') {
        const reason = `Replay ${replay.name} is not in a valid state for this operation: ${replay.state}.`;
        throw new ServiceError('IllegalStatusException', reason);
      }
      replay.state = 'CANCELLING';
      archives.replays.set(replay.name, replay);
      return { ReplayArn: replay.arn, State: 'CANCELLING' };
    }),
  };
}

function readReplay(store: EventStore, archives: ArchiveStore, input: events.StartReplayRequest): ReplayRecord {
  const { ReplayName: name = '', EventSourceArn = '', Destination, Description } = input;
  if (!/^[\w.-]{1,64}$/.test(name)) throw invalid(`${name} is not a replay name`);
  if (archives.replays.has(name)) {
    throw new ServiceError('ResourceAlreadyExistsException', `Replay ${name} already exists.`);
  }
  const archive = archives.archive(EventSourceArn.split('archive/').at(-1));
  if (archive.arn !== EventSourceArn) throw invalid(`${EventSourceArn} is not the ARN of an archive`);
  const busArn = store.busArn(archive.busName);
  if (Destination?.Arn !== busArn) {
    throw invalid('Parameter Destination.Arn is not valid. Reason: it must be the event bus of the archive.');
  }
  const [fromMs, toMs] = [input.EventStartTime?.getTime() ?? 0, input.EventEndTime?.getTime() ?? 0];
  if (toMs <= fromMs) throw invalid('Parameter EventEndTime is not valid. Reason: it must be after EventStartTime.');
  const filterArns = Destination.FilterArns ?? [];
  const unknown = filterArns.find((arn) => !store.rules(archive.busName).some((rule) => rule.arn === arn));
  if (unknown !== undefined) throw new ServiceError('ResourceNotFoundException', `Rule ${unknown} does not exist.`);
  return {
    name,
    arn: archives.arn('replay', name),
    archiveName: archive.name,
    archiveArn: archive.arn,
    busArn,
    busName: archive.busName,
    filterArns,
    ...(Description !== undefined && { description: Description }),
    fromMs,
    toMs,
    startedAt: store.cloud.now(),
    state: 'STARTING',
  };
}

function replayView(replay: ReplayRecord): events.Replay {
  const { lastReplayedMs, endedAt, stateReason } = replay;
  return {
    ReplayName: replay.name,
    EventSourceArn: replay.archiveArn,
    State: replay.state,
    ...(stateReason !== undefined && { StateReason: stateReason }),
    EventStartTime: new Date(replay.fromMs),
    EventEndTime: new Date(replay.toMs),
    ...(lastReplayedMs !== undefined && { EventLastReplayedTime: new Date(lastReplayedMs) }),
    ReplayStartTime: new Date(replay.startedAt),
    ...(endedAt !== undefined && { ReplayEndTime: new Date(endedAt) }),
  };
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
