import type * as z from 'zod/mini';
import { ParseError } from './errors.ts';

/** Reads an event by its shape, all problems in one `events/event-invalid`; values stay out of the message. */
export function parseEvent<Shape extends z.ZodMiniType>(shape: Shape, name: string, event: unknown): z.output<Shape> {
  const result = shape.safeParse(event);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`);
  throw new ParseError('events/event-invalid', `This is no ${name}: ${problems.join('; ')}.`);
}
