import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clonePath, readCloneUrl } from './clone-url.ts';
import type { WebhookCredentials } from './delivery.ts';
import { ProvidersError } from './errors.ts';
import { loadProviders } from './registry.ts';
import { deliver, FIXTURE_CASES, readFixture } from './test/fixture.ts';
import { verifyDelivery } from './verify-delivery.ts';

const SECRET = 'a secret';
const NOW_MS = Date.parse('2026-03-04T05:06:07Z');
/** These send their secret with the body instead of a signature over it; GitLab's signed form has its own test. */
const TOKEN_ONLY: readonly string[] = ['gitlab', 'azure-devops'];
const CREDENTIALS: WebhookCredentials = { secrets: [SECRET], previousSecrets: [], allowSha1: true };

const NAMED = (await loadProviders()).map((provider) => [provider.name, provider] as const);
const SIGNING = NAMED.filter(([name]) => !TOKEN_ONLY.includes(name));

describe.each(NAMED)('%s', (name, provider) => {
  const cases = FIXTURE_CASES.filter((fixtureCase) => readFixture(name, fixtureCase) !== undefined);
  const read = (delivery: Parameters<typeof provider.webhook.parse>[0]) => {
    try {
      const parsed = provider.webhook.parse(delivery, { host: 'git.example.com' });
      expect(['changes', 'ping', 'unknown']).toContain(parsed.kind);
      for (const { ref, repository } of parsed.changes) {
        expect(ref).toMatch(/^refs\/[^-]/);
        // Whoever clones must get what the path names; Azure DevOps's SSH has the name alone in common with it.
        const isAzure = name === 'azure-devops';
        for (const text of [repository.sshUrl, repository.httpsUrl]) {
          const url = readCloneUrl(text);
          const found = url && (isAzure ? url.repositoryPath : clonePath(url));
          const named = `/${isAzure ? repository.name : repository.path}`.toLowerCase();
          if (found !== undefined) expect(`/${found}`.toLowerCase().endsWith(named), text).toBe(true);
        }
      }
    } catch (error) {
      expect(error).toBeInstanceOf(ProvidersError);
    }
  };

  it('gives a verdict for any headers and bytes, and it is no', async () => {
    const known = await deliver(name, 'branch-update', SECRET, NOW_MS);
    const names = fc.oneof(fc.constantFrom(...Object.keys(known.headers)), fc.string());
    fc.assert(
      fc.property(fc.dictionary(names, fc.string()), fc.uint8Array(), (headers, body) => {
        expect(verifyDelivery(provider, { headers, body, sourceIp: '' }, CREDENTIALS, NOW_MS).ok).toBe(false);
      }),
    );
  });

  it('reads any body or refuses it with a code', async () => {
    const known = await deliver(name, 'branch-update', SECRET, NOW_MS);
    fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (text) => read({ ...known, body: Buffer.from(text) })));
  });

  it('reads any mutation of its own bodies or refuses it with a code', () => {
    const bodies = cases.map((fixtureCase) => readFixture(name, fixtureCase));
    fc.assert(
      fc.property(fc.constantFrom(...bodies), fc.nat(), fc.jsonValue(), (fixture, at, value) => {
        const body = Buffer.from(JSON.stringify(withOneChanged(fixture?.body, at, value)));
        read({ headers: { ...fixture?.headers }, body, sourceIp: '' });
      }),
      { numRuns: 300 },
    );
  });
});

describe('verifyDelivery', () => {
  it.each(SIGNING)('%s accepts no body that differs from the signed one', async (name, provider) => {
    const signed = await deliver(name, 'branch-update', SECRET, NOW_MS);
    const original = Buffer.from(signed.body);
    const change = fc.tuple(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), fc.nat(3), (changes, cut) => {
        const body = Buffer.from(original.subarray(0, original.length - cut));
        for (const [at, bits] of changes) if (at < body.length) body[at] = (body[at] ?? 0) ^ bits;
        fc.pre(!body.equals(original));

        expect(verifyDelivery(provider, { ...signed, body }, CREDENTIALS, NOW_MS).ok).toBe(false);
      }),
    );
  });
});

/** A copy with the value at one place, counted depth first, replaced. */
function withOneChanged(json: unknown, at: number, value: unknown): unknown {
  const places = countPlaces(json);
  let left = at % places;
  const visit = (part: unknown): unknown => {
    if (left-- === 0) return value;
    if (Array.isArray(part)) return part.map(visit);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, child]) => [key, visit(child)]));
  };
  return visit(json);
}

function countPlaces(json: unknown): number {
  if (typeof json !== 'object' || json === null) return 1;
  return 1 + Object.values(json).reduce((sum: number, child) => sum + countPlaces(child), 0);
}
