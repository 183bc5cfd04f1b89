import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { webhook as gitea } from './gitea/webhook.ts';
import { webhook as github } from './github/webhook.ts';
import { jsonBytes } from './read-payload.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const delivery = (body: string, headers: Record<string, string> = FORM) => ({
  headers,
  body: Buffer.from(body),
  sourceIp: '192.0.2.1',
});
const textOf = (body: string) => Buffer.from(jsonBytes(delivery(body))).toString();

describe('a form', () => {
  it('has the field payload', () => {
    expect(textOf(`payload=${encodeURIComponent('{"a": "ä + &"}').replaceAll('%20', '+')}`)).toBe('{"a": "ä + &"}');
  });

  it.each(['payload={}&payload=[]', 'a=b&payload={}', 'payload={}&', 'Payload={}', '&payload={}', ''])(
    'is nothing as %j',
    (body) => {
      expect(textOf(body)).toBe('');
    },
  );

  it('cannot be made of signed JSON by what somebody wrote into it', () => {
    const forged = JSON.stringify({
      ref: 'refs/heads/production',
      before: 'a'.repeat(40),
      after: 'b'.repeat(40),
      repository: { full_name: 'acme/shop', html_url: 'https://github.com/acme/shop' },
    });
    const signed = JSON.stringify({ pull_request: { title: `&payload=${encodeURIComponent(forged)}&` } });

    expect(() => github.parse(delivery(signed, { ...FORM, 'x-github-event': 'push' }), {})).toThrow(
      expect.objectContaining({ code: 'providers/payload-not-json' }),
    );
  });

  it('of a stranger costs no more than its signature', () => {
    const fields = 'a&'.repeat(3_000_000);
    const hex = createHmac('sha256', 'guessed').update(fields).digest('hex');
    const credentials = { secrets: ['secret'], previousSecrets: [], allowSha1: false };
    const startMs = performance.now();

    const verdict = gitea.verify(delivery(fields, { ...FORM, 'x-gitea-signature': hex }), credentials, 0);

    expect(verdict).toEqual({ ok: false, reason: 'signature-wrong' });
    // Split into its fields, it takes a minute.
    expect(performance.now() - startMs).toBeLessThan(5000);
  });
});
