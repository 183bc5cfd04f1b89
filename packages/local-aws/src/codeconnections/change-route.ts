import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { HttpRoute } from '../cloud/service.ts';
import type { ChangeReport, StartedExecution } from '../codepipeline/triggers/report-change.ts';
import { type ReportedChange, reportedChange } from '../codepipeline/triggers/repository-change.ts';
import type { ConnectionStore } from './connection-record.ts';
import type { ConnectedRepository } from './use-connection.ts';

/** `POST <endpoint>/codeconnections/changes` */
const CHANGES_PATH = '/codeconnections/changes';
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Local only. Stands for the webhook by which a provider tells the connection of a push or a pull request:
 *
 *     {"repository": "team/app", "ref": "refs/heads/main", "before": "<sha>", "after": "<sha>"}
 *     {"repository": "team/app", "pullRequest": {"event": "OPEN", "sourceBranch": "fix", "targetBranch": "main"}}
 *
 * Answers 200 with the executions that it started, `{"started": [{"pipelineName", "pipelineExecutionId"}]}`; 400 for
 * anything else, 404 for a repository that is not connected. Nothing starts through a connection that is not AVAILABLE.
 */
export function changeRoute(store: ConnectionStore, repository: ConnectedRepository): HttpRoute {
  return {
    prefix: CHANGES_PATH,
    async answer(message, response) {
      const text = await readText(message);
      if (message.method !== 'POST') return reply(response, 405, { error: 'POST only' });
      const change = parseChange(text);
      if (typeof change === 'string') return reply(response, 400, { error: change });
      const folder = repository(change.repository);
      if (folder === undefined) return reply(response, 404, { error: `no repository ${change.repository}` });
      reply(response, 200, await report(store, { reported: change, folder }));
    },
  };
}

async function report(
  { cloud, connections }: ConnectionStore,
  change: Omit<ChangeReport, 'connections'>,
): Promise<{ started: StartedExecution[] }> {
  const available = [...connections.values()].filter(({ status }) => status === 'AVAILABLE').map(({ arn }) => arn);
  const caller = cloud.identities.service('codeconnections.amazonaws.com');
  const input: ChangeReport = { ...change, connections: available };
  return cloud.call<{ started: StartedExecution[] }>(caller, 'codepipeline', 'ReportChange', input);
}

/** The change, or what is wrong with the text. */
function parseChange(text: string | undefined): ReportedChange | string {
  if (text === undefined) return `more than ${MAX_BODY_BYTES} bytes`;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  const parsed = reportedChange.safeParse(body);
  return parsed.success ? parsed.data : z.prettifyError(parsed.error);
}

async function readText(message: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
