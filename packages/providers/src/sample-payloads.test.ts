import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findProvider } from './registry.ts';

/*
 * Payloads published by the providers, which the project does not keep: read where their folder lies beside the checkout,
 * skipped by name where it does not.
 */
const FOLDER = new URL('../../../../shared/webhook-payloads/', import.meta.url);

/** `ref` of its one change, action of its one pull request, or kind where it starts nothing. */
type Expected = { readonly ref: string } | { readonly action: string } | { readonly kind: 'ping' | 'unknown' };

type Sample = readonly [file: string, headers: Readonly<Record<string, string>>, expected: Expected];

const SAMPLES: readonly (readonly [folder: string, provider: string, samples: readonly Sample[]])[] = [
  [
    'azuredevops',
    'azure-devops',
    [
      ['git.push', {}, { ref: 'refs/heads/main' }],
      ['git.pullrequest.merged', {}, { action: 'merged' }],
    ],
  ],
  [
    'bitbucket',
    'bitbucket-cloud',
    [
      ['repo-push', { 'x-event-key': 'repo:push' }, { ref: 'refs/heads/name-of-branch' }],
      ['pull-request-created', { 'x-event-key': 'pullrequest:created' }, { action: 'opened' }],
      ['pull-request-updated', { 'x-event-key': 'pullrequest:updated' }, { action: 'updated' }],
      ['pull-request-declined', { 'x-event-key': 'pullrequest:rejected' }, { action: 'closed' }],
      ['pull-request-merged', { 'x-event-key': 'pullrequest:fulfilled' }, { action: 'merged' }],
    ],
  ],
  [
    'bitbucket-server',
    'bitbucket-server',
    [
      ['repo-refs-changed', { 'x-event-key': 'repo:refs_changed' }, { ref: 'refs/heads/feature/wip' }],
      ['pr-merged', { 'x-event-key': 'pr:merged' }, { action: 'merged' }],
    ],
  ],
  [
    'gitea',
    'gitea',
    [
      ['push-event', { 'x-gitea-event': 'push' }, { ref: 'refs/heads/master' }],
      ['pull-request-event', { 'x-gitea-event': 'pull_request' }, { action: 'opened' }],
    ],
  ],
  [
    'github',
    'github',
    [
      ['ping', { 'x-github-event': 'ping' }, { kind: 'ping' }],
      ['push', { 'x-github-event': 'push' }, { ref: 'refs/heads/master' }],
      ['pull-request', { 'x-github-event': 'pull_request' }, { action: 'opened' }],
    ],
  ],
  [
    'gitlab',
    'gitlab',
    [
      ['push-event', { 'x-gitlab-event': 'Push Hook' }, { ref: 'refs/heads/master' }],
      ['tag-event', { 'x-gitlab-event': 'Tag Push Hook' }, { ref: 'refs/tags/v1.0.0' }],
      ['system-push-event', { 'x-gitlab-event': 'System Hook' }, { ref: 'refs/heads/master' }],
      ['merge-request-event', { 'x-gitlab-event': 'Merge Request Hook' }, { action: 'opened' }],
    ],
  ],
  [
    'gogs',
    'gitea',
    [
      ['push-event', { 'x-gogs-event': 'push' }, { ref: 'refs/heads/develop' }],
      // Without the branches, which Gogs itself always names.
      ['pull-request-event', { 'x-gogs-event': 'pull_request' }, { kind: 'unknown' }],
    ],
  ],
];

describe.each(SAMPLES)('published payloads of %s', (folder, name, samples) => {
  for (const [file, headers, expected] of samples) {
    it(file, async ({ skip }) => {
      const url = new URL(`${folder}/${file}.json`, FOLDER);
      const provider = await findProvider(name);
      if (!existsSync(url)) return skip(`no ${folder}/${file}.json in ../shared/webhook-payloads`);
      if (provider === undefined) return skip(`no provider ${name}`);

      const parsed = provider.webhook.parse(
        { headers, body: readFileSync(url), sourceIp: '' },
        { host: 'example.com' },
      );

      expect(parsed.refusedRefs).toEqual([]);
      const said = parsed.changes.map(({ ref, pullRequest }) =>
        pullRequest ? { action: pullRequest.action } : { ref },
      );
      expect('kind' in expected ? { kind: parsed.kind } : said[0]).toEqual(expected);
      expect(said).toHaveLength('kind' in expected ? 0 : 1);
    });
  }
});
