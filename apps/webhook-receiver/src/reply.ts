/** What the sender gets: a status and a fixed text. Reasons are in the log, where no stranger reads them. */
export interface Reply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const JSON_HEADERS = { 'content-type': 'application/json' };

function reply(statusCode: number, content: object, headers: Readonly<Record<string, string>> = {}): Reply {
  return { statusCode, headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(content) };
}

/** The IDs are those that EventBridge gave, one for each changed ref. */
export function accepted(eventIds: readonly string[]): Reply {
  return reply(202, { message: 'accepted', eventIds });
}

export const PONG = reply(200, { message: 'pong: the delivery was verified' });
export const NOTHING_TO_DO = reply(200, { message: 'verified, nothing to do' });
export const NOT_SERVED = reply(200, { message: 'verified, but the connection does not serve this repository' });
export const MALFORMED = reply(400, { message: 'malformed body' });
export const UNVERIFIED = reply(401, { message: 'missing or wrong signature' });
export const UNKNOWN = reply(404, { message: 'no such webhook' });
export const POST_ONLY = reply(405, { message: 'POST only' }, { allow: 'POST' });
export const TOO_LARGE = reply(413, { message: 'body too large' });
export const FAILED = reply(500, { message: 'failed, deliver again' });
