import * as z from 'zod';
import { checkedReply, isStatus, parseJson, type Reply, withContentType } from './lambda-reply.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const replyV1 = z.object({
  statusCode: z.union([z.int(), z.string().regex(/^\d{3}$/)]).transform(Number),
  headers: z.record(z.string(), scalar).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(scalar)).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/**
 * Reads what a function returned for payload 1.0; undefined for anything else, which a REST API answers with 502.
 * A base64 body becomes bytes only where the client accepts one of the API's binary media types.
 */
export function readReplyV1(payload: Buffer, isBinaryWanted: boolean): Reply | undefined {
  const parsed = replyV1.safeParse(parseJson(payload));
  if (!parsed.success || !isStatus(parsed.data.statusCode)) return undefined;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = parsed.data;
  const several = Object.entries(multiValueHeaders ?? {});
  const names = new Set(several.map(([name]) => name.toLowerCase()));
  const single = Object.entries(headers ?? {}).filter(([name]) => !names.has(name.toLowerCase()));
  const all = [
    ...single,
    ...several.flatMap(([name, values]) => values.map((value): [string, string] => [name, value])),
  ];
  return checkedReply({
    status: statusCode,
    headers: withContentType(all, 'application/json'),
    body: Buffer.from(body ?? '', isBase64Encoded === true && isBinaryWanted ? 'base64' : 'utf8'),
  });
}
