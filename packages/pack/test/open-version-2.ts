import { parseGitUrl } from '@gitsource/events';
import type { GitServer } from '@gitsource/local-git';
import { createHttpsTransport, openSession, type Session, type Transport } from '../src/index.ts';
import { createChannelTransport } from './channel-transport.ts';

/** The session of a server that has to have one for us. */
export async function openVersion2(transport: Transport): Promise<Session> {
  const session = await openSession(transport);
  if (session === 'unsupported') throw new Error('the server speaks version 2');
  return session;
}

/** The same of a repository that anyone may read. */
export function openOverHttps({ https: { caCertificate } }: GitServer, url: string): Promise<Session> {
  return openVersion2(createHttpsTransport({ url: parseGitUrl(url), caCertificate }));
}

/** Uses the session of a folder, whose channel is closed then. */
export async function withChannel<T>(folder: string, use: (session: Session) => Promise<T>): Promise<T> {
  const transport = createChannelTransport(folder);
  try {
    return await use(await openVersion2(transport));
  } finally {
    transport.close();
  }
}
