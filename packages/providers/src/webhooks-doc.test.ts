import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { webhook } from './generic/webhook.ts';
import { PROVIDER_NAMES } from './registry.ts';

const PAGE = readFileSync(new URL('../../../docs/webhooks.md', import.meta.url), 'utf8');

describe('docs/webhooks.md', () => {
  it('has a section for every provider, marked for those who look for it', () => {
    const marked = [...PAGE.matchAll(/<!-- gitsource-webhook: ([a-z-]+) -->\n### /g)].map(([, name = '']) => name);

    expect(marked.toSorted()).toEqual([...PROVIDER_NAMES].toSorted());
  });

  it('gives an example that the receiver accepts and reads', () => {
    const [, example = ''] = PAGE.split('An example to check an implementation by.');
    const [secret = '', id = '', timestamp = ''] = [...example.matchAll(/`([^`]+)`/g)]
      .map(([, text = '']) => text)
      .filter((text) => !text.startsWith('webhook-'));
    const [, body = ''] = /```json\n(.+)\n```/.exec(example) ?? [];
    const [, signature = ''] = /webhook-signature: (v1,\S+)/.exec(example) ?? [];
    const delivery = {
      headers: {
        'gitsource-event': 'push',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signature,
      },
      body: Buffer.from(body),
      sourceIp: '192.0.2.1',
    };
    const credentials = { secrets: [secret], previousSecrets: [], allowSha1: false };

    expect(webhook.verify(delivery, credentials, Number(timestamp) * 1000)).toEqual({ ok: true });
    expect(webhook.parse(delivery, {}).changes).toMatchObject([
      { ref: 'refs/heads/main', changedPaths: ['src/price.ts'], headCommit: { subject: 'Price in euros' } },
    ]);
  });
});
