import { createHash } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { StoredAttribute } from './queue-store.ts';

export function storeAttributes(
  attributes: Readonly<Record<string, MessageAttributeValue>> = {},
): Record<string, StoredAttribute> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType = 'String', StringValue, BinaryValue }]) => [
      name,
      {
        DataType,
        ...(StringValue !== undefined && { StringValue }),
        ...(BinaryValue !== undefined && { binaryBase64: Buffer.from(BinaryValue).toString('base64') }),
      },
    ]),
  );
}

/** Of the names asked for; `All` and `.*` mean every one. */
export function selectAttributes(
  attributes: Readonly<Record<string, StoredAttribute>>,
  names: readonly string[] = [],
): Record<string, MessageAttributeValue> | undefined {
  const wanted = Object.entries(attributes).filter(([name]) => names.some((asked) => matches(asked, name)));
  if (wanted.length === 0) return undefined;
  return Object.fromEntries(
    wanted.map(([name, { DataType, StringValue, binaryBase64 }]) => [
      name,
      {
        DataType,
        ...(StringValue !== undefined && { StringValue }),
        ...(binaryBase64 !== undefined && { BinaryValue: Buffer.from(binaryBase64, 'base64') }),
      },
    ]),
  );
}

export function md5(text: string | Buffer): string {
  return createHash('md5').update(text).digest('hex');
}

/**
 * MD5OfMessageAttributes: by name, each part prefixed with its length, one byte saying text or bytes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function md5OfAttributes(attributes: Readonly<Record<string, StoredAttribute>>): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const parts = names.flatMap((name) => {
    const { DataType = '', StringValue, binaryBase64 } = attributes[name] ?? {};
    const isText = StringValue !== undefined;
    const value = isText ? Buffer.from(StringValue) : Buffer.from(binaryBase64 ?? '', 'base64');
    return [
      ...sized(Buffer.from(name)),
      ...sized(Buffer.from(DataType)),
      Buffer.from([isText ? 1 : 2]),
      ...sized(value),
    ];
  });
  return md5(Buffer.concat(parts));
}

function sized(content: Buffer): Buffer[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return [length, content];
}

function matches(asked: string, name: string): boolean {
  if (asked === 'All') return true;
  return asked.endsWith('.*') ? name.startsWith(asked.slice(0, -2)) : asked === name;
}
