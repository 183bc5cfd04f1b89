import { membersOf } from './members-of.ts';

/** Which event and pipeline a log line is about. */
export type LogFields = Readonly<Record<'deliveryId' | 'repository' | 'ref' | 'pipelineName', string | undefined>>;

/** A ref may have as many. */
const MAX_CHARACTERS = 1_000;

/** Reads them from an input that may be malformed: what is no text is left out. */
export function readLogFields(input: unknown): LogFields {
  const { pipelineName, event } = membersOf(input);
  const { deliveryId, ref, repository } = membersOf(event);
  return {
    deliveryId: textOf(deliveryId),
    repository: textOf(membersOf(repository).path),
    ref: textOf(ref),
    pipelineName: textOf(pipelineName),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, MAX_CHARACTERS) : undefined;
}
