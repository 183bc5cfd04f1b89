import * as z from 'zod';
import type { JsonObject } from '../template/json.ts';

// CloudFormation takes '30' where a number is meant and true where a string is: parameters are always text.

export const string = z
  .union([z.string(), z.number(), z.boolean()], { error: 'expected type: String' })
  .transform((value) => String(value));

export const integer = z
  .union([z.number(), z.string().regex(/^-?\d+$/)], { error: 'expected type: Integer' })
  .transform((value) => Number(value));

export const number = z
  .union([z.number(), z.string().regex(/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i)], { error: 'expected type: Number' })
  .transform((value) => Number(value));

export const boolean = z
  .union([z.boolean(), z.enum(['true', 'false'])], { error: 'expected type: Boolean' })
  .transform((value) => String(value) === 'true');

export const strings = z.array(string);

/** One of AWS's own words; anything else is refused here rather than at creation. */
export function word<const T extends readonly [string, ...string[]]>(...allowed: T) {
  return z.enum(allowed, { error: `is not one of [${allowed.join(', ')}]` });
}

const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.json());

/** An IAM policy or other document, as a mapping or as its JSON text. */
export const document = z
  .union([jsonObject, z.string()])
  .transform((value) => (typeof value === 'string' ? value : JSON.stringify(value)));

export const json = jsonObject;

/** Values by name; tags too, in the few types that have them as a map. */
export const stringMap = z.record(z.string(), string);

export const tags = z.array(z.strictObject({ Key: string, Value: string }));

/** Fails, in the schema, on properties that AWS has and this has not. */
export const object = z.strictObject;
