import type { NormalizedSchema } from '@smithy/core/schema';
import * as fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import type { ServiceName } from '../../src/cloud/service.ts';
import { conform } from '../../src/protocol/conform.ts';
import { fromJson, toJson } from '../../src/protocol/json-shape.ts';
import { fromForm } from '../../src/protocol/query-form.ts';
import { structToXml } from '../../src/protocol/query-xml.ts';
import { findServiceApi, loadServiceModel } from '../../src/protocol/service-api.ts';

async function inputOf(service: ServiceName, operation: string): Promise<NormalizedSchema> {
  const api = findServiceApi(service);
  if (api === undefined) throw new Error(service);
  const shapes = (await loadServiceModel(api)).operations.get(operation);
  if (shapes === undefined) throw new Error(operation);
  return shapes.input;
}

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 });
const date = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });

describe('fromJson', () => {
  it('gives back what toJson wrote: texts, numbers, timestamps, bytes, lists, maps', async () => {
    const logEvents = fc.array(fc.record({ timestamp: fc.nat(), message: text }), { maxLength: 3 });
    const cases = [
      [await inputOf('logs', 'PutLogEvents'), fc.record({ logGroupName: text, logStreamName: text, logEvents })],
      [
        await inputOf('events', 'PutEvents'),
        fc.record({ Entries: fc.array(fc.record({ Time: date, Source: text }), { maxLength: 3 }) }),
      ],
      [
        await inputOf('kms', 'Encrypt'),
        fc.record({ KeyId: text, Plaintext: fc.uint8Array(), EncryptionContext: fc.dictionary(text, text) }),
      ],
    ] as const;

    for (const [schema, values] of cases) {
      fc.assert(
        fc.property(values as fc.Arbitrary<object>, (value) => {
          const wire = JSON.parse(JSON.stringify(toJson(schema, value, { jsonNames: false }))) as unknown;
          const problems: string[] = [];
          const back = conform(schema, fromJson(schema, wire, { jsonNames: false }), '', problems);
          expect(problems).toEqual([]);
          expect(normal(back)).toEqual(normal(value));
        }),
      );
    }
  });

  it('never throws: any JSON ends in a value or in problems by name', async () => {
    const schema = await inputOf('codepipeline', 'CreatePipeline');
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const problems: string[] = [];
        conform(schema, fromJson(schema, value, { jsonNames: false }), '', problems);
        expect(problems.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('fromForm', () => {
  it('reads nested lists by their numbers, whatever the order', async () => {
    const schema = await inputOf('cloudformation', 'CreateStack');
    const entry = fc.record({ ParameterKey: text, ParameterValue: text });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 12 }), fc.boolean(), (Parameters, reverse) => {
        const pairs = Parameters.flatMap(({ ParameterKey, ParameterValue }, index): [string, string][] => [
          [`Parameters.member.${index + 1}.ParameterKey`, ParameterKey],
          [`Parameters.member.${index + 1}.ParameterValue`, ParameterValue],
        ]);
        const form = new URLSearchParams([
          ['Action', 'CreateStack'],
          ['StackName', 's'],
          ...(reverse ? pairs.reverse() : pairs),
        ]);
        expect(fromForm(schema, form)).toEqual({ StackName: 's', Parameters: normal(Parameters, wellFormed) });
      }),
    );
  });

  it('reads flattened lists and maps', async () => {
    const schema = await inputOf('sqs', 'CreateQueue');
    const form = new URLSearchParams(
      'QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=1&Tag.1.Key=a&Tag.1.Value=b',
    );

    const input = fromForm(schema, form);
    expect(input).toEqual({ QueueName: 'q', Attributes: { DelaySeconds: '1' }, tags: { a: 'b' } });
  });
});

describe('structToXml', () => {
  it('writes text that an XML parser reads back', async () => {
    const schema = await inputOf('iam', 'CreateRole');
    // What XML cannot hold is replaced; everything else must survive.
    const printable = fc.string({ unit: 'grapheme-ascii', minLength: 1 }).filter((value) => value.trim() === value);
    fc.assert(
      fc.property(printable, (Description) => {
        const parser = new XMLParser({ parseTagValue: false, htmlEntities: true, trimValues: false });
        const parsed = parser.parse(`<r>${structToXml(schema, { Description })}</r>`) as { r: { Description: string } };
        expect(parsed.r.Description).toBe(Description);
      }),
    );
  });
});

/** Bytes as one class, a lone surrogate as what UTF-8 makes of it, no prototype. */
function normal(value: unknown, onText: (text: string) => string = (same) => same): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'string') return onText(value);
  if (Array.isArray(value)) return value.map((item) => normal(item, onText));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normal(item, onText)]));
}

function wellFormed(value: string): string {
  return Buffer.from(value, 'utf8').toString('utf8');
}
