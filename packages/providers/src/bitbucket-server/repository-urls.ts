import type { Repository } from '@gitsource/events';
import type * as z from 'zod/mini';
import { repositoryOf } from '../repository-of.ts';
import type * as schema from './schema.ts';

/** The port of Bitbucket's own SSH server, unless its administrator chose another. */
const SSH_PORT = 7999;

/** `KEY/slug`; `~user/slug` of a personal project. */
export function repositoryPath({
  project,
  slug,
}: Pick<z.output<typeof schema.repository>, 'project' | 'slug'>): string {
  return `${project.key}/${slug}`;
}

/**
 * Takes the URLs from the links, and where those are left out, those that Bitbucket has by default: below its web
 * address, or below the connection's host. Throws `providers/payload-malformed`.
 */
export function readRepository(repository: z.output<typeof schema.repository>, host: string | undefined): Repository {
  const { project, slug, links } = repository;
  const self = links?.self?.[0]?.href;
  const clone = (pattern: RegExp) => links?.clone?.find(({ name }) => pattern.test(name ?? ''))?.href;
  // The server may be below a path: `https://example.com/bitbucket/projects/…`.
  const [, address] = /^(https?:\/\/[^?#]*?)\/(?:projects|users)\//.exec(self ?? '') ?? [];
  // The port that a connection may name is that of one of its two transports, and does not say which.
  const base = address ?? (host && `https://${host.replace(/:\d+$/, '')}`);
  const name = base && URL.canParse(base) ? new URL(base).hostname : undefined;
  const clonePath = `${project.key.toLowerCase()}/${slug}.git`;
  const page = project.key.startsWith('~') ? `users/${project.key.slice(1)}` : `projects/${project.key}`;
  return repositoryOf({
    path: repositoryPath(repository),
    webUrl: self?.replace(/\/browse\/?$/, '') ?? (base && `${base}/${page}/repos/${slug}`),
    httpsUrl: clone(/^https?$/) ?? (base && `${base}/scm/${clonePath}`),
    sshUrl: clone(/^ssh$/) ?? (name && `ssh://git@${name}:${SSH_PORT}/${clonePath}`),
    host,
  });
}
