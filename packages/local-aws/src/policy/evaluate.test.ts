import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyStatement } from '../cloud/cloud.ts';
import type { Principal } from '../cloud/principal.ts';
import { evaluate, type Verdict } from './evaluate.ts';
import { parsePolicy } from './parse-policy.ts';
import { RequestContext } from './request-context.ts';

const accountId = '123456789012';
const roleArn = `arn:aws:iam::${accountId}:role/builder`;
const role: Principal = { kind: 'role', arn: `arn:aws:sts::${accountId}:assumed-role/builder/s`, accountId, roleArn };
const service: Principal = { kind: 'service', arn: 'events.amazonaws.com', accountId };

interface Question {
  readonly principal?: Principal;
  readonly action?: string;
  readonly resource?: string;
  readonly keys?: Readonly<Record<string, string | readonly string[]>>;
}

function ask(statements: readonly object[], question: Question = {}): Verdict {
  const kind = statements.some((statement) => 'Principal' in statement || 'NotPrincipal' in statement)
    ? 'resource'
    : 'identity';
  const context = new RequestContext(Object.entries(question.keys ?? {}));
  const { principal = role, action = 's3:GetObject', resource = 'arn:aws:s3:::b/k' } = question;
  return evaluate(parsePolicy({ Version: '2012-10-17', Statement: statements }, kind), {
    principal,
    action,
    resource,
    context,
  });
}

const allow = (over: object = {}) => ({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', ...over });
const deny = (over: object = {}) => ({ ...allow(over), Effect: 'Deny' });
const when = (operator: string, key: string, value: unknown) => allow({ Condition: { [operator]: { [key]: value } } });

describe('evaluate', () => {
  it('lets a deny win over any number of allows, in any order', () => {
    const statement = fc.constantFrom(
      allow(),
      deny(),
      allow({ Action: 's3:PutObject' }),
      deny({ Resource: 'arn:aws:s3:::c' }),
    );
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1 }), (statements) => {
        const applies = (s: PolicyStatement) => s.Action === 's3:GetObject' && s.Resource === '*';
        const effects = (statements as PolicyStatement[]).filter(applies).map(({ Effect }) => Effect);
        const expected = effects.includes('Deny') ? 'deny' : effects.includes('Allow') ? 'allow' : 'silent';
        expect(ask(statements)).toBe(expected);
      }),
    );
  });

  it.each([
    ['s3:*', 'allow'],
    ['S3:getobject', 'allow'],
    ['s3:Get?bject', 'allow'],
    ['*', 'allow'],
    ['s3:GetObjectVersion', 'silent'],
    ['kms:*', 'silent'],
  ])('matches the action %s: %s', (Action, expected) => {
    expect(ask([allow({ Action })])).toBe(expected);
  });

  it('reads NotAction and NotResource as everything else', () => {
    expect(ask([allow({ Action: undefined, NotAction: 's3:Put*' })])).toBe('allow');
    expect(ask([allow({ Action: undefined, NotAction: ['s3:Get*'] })])).toBe('silent');
    expect(ask([allow({ Resource: undefined, NotResource: 'arn:aws:s3:::b/*' })])).toBe('silent');
  });

  it.each<[string, string, unknown, Question['keys'], Verdict]>([
    ['StringEquals', 'aws:PrincipalArn', roleArn, { 'aws:PrincipalArn': roleArn }, 'allow'],
    ['StringEquals', 'aws:principalarn', ['x', roleArn], { 'aws:PrincipalArn': roleArn }, 'allow'],
    ['StringEquals', 'aws:SourceArn', 'a*', { 'aws:SourceArn': 'abc' }, 'silent'],
    ['StringLike', 'aws:SourceArn', 'a*', { 'aws:SourceArn': 'abc' }, 'allow'],
    ['StringEquals', 'aws:SourceArn', 'a', {}, 'silent'],
    ['StringEqualsIfExists', 'aws:SourceArn', 'a', {}, 'allow'],
    ['StringNotEquals', 'aws:SourceArn', 'a', {}, 'allow'],
    ['StringNotLike', 'aws:SourceArn', ['a*', 'b*'], { 'aws:SourceArn': 'bc' }, 'silent'],
    ['StringEqualsIgnoreCase', 'aws:SourceArn', 'ABC', { 'aws:SourceArn': 'abc' }, 'allow'],
    [
      'ArnLike',
      'aws:SourceArn',
      'arn:aws:events:*:*:rule/r*',
      { 'aws:SourceArn': 'arn:aws:events:eu:1:rule/r1' },
      'allow',
    ],
    ['ArnNotEquals', 'aws:SourceArn', 'arn:*', { 'aws:SourceArn': 'arn:x' }, 'silent'],
    ['Bool', 'aws:SecureTransport', 'false', { 'aws:SecureTransport': 'true' }, 'silent'],
    ['Bool', 'aws:SecureTransport', true, { 'aws:SecureTransport': 'true' }, 'allow'],
    ['Null', 'aws:SourceVpce', 'true', {}, 'allow'],
    ['Null', 'aws:SourceVpce', 'false', {}, 'silent'],
    ['NumericLessThan', 's3:max-keys', '10', { 's3:max-keys': '9' }, 'allow'],
    ['NumericGreaterThanEquals', 's3:max-keys', '10', { 's3:max-keys': '9' }, 'silent'],
    [
      'DateGreaterThan',
      'aws:CurrentTime',
      '2026-01-01T00:00:00Z',
      { 'aws:CurrentTime': '2026-02-01T00:00:00Z' },
      'allow',
    ],
    ['IpAddress', 'aws:SourceIp', '127.0.0.0/8', { 'aws:SourceIp': '127.0.0.1' }, 'allow'],
    ['NotIpAddress', 'aws:SourceIp', ['10.0.0.0/8', '127.0.0.1'], { 'aws:SourceIp': '127.0.0.1' }, 'silent'],
    ['ForAnyValue:StringEquals', 'aws:TagKeys', ['a'], { 'aws:TagKeys': ['b', 'a'] }, 'allow'],
    ['ForAllValues:StringEquals', 'aws:TagKeys', ['a'], { 'aws:TagKeys': ['b', 'a'] }, 'silent'],
    ['ForAllValues:StringEquals', 'aws:TagKeys', ['a'], {}, 'allow'],
    ['ForAnyValue:StringEquals', 'aws:TagKeys', ['a'], {}, 'silent'],
  ])('%s %s %j with %j: %s', (operator, key, value, keys, expected) => {
    expect(ask([when(operator, key, value)], keys === undefined ? {} : { keys })).toBe(expected);
  });

  it('puts policy variables in as plain text, and matches nothing when one is absent', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the policy's own placeholder, not JavaScript's.
    const statement = allow({ Resource: 'arn:aws:s3:::b/${aws:PrincipalTag/team}/*' });
    const inTeam = (resource: string, team: string) =>
      ask([statement], { resource, keys: { 'aws:PrincipalTag/team': team } });

    expect(inTeam('arn:aws:s3:::b/red/k', 'red')).toBe('allow');
    expect(inTeam('arn:aws:s3:::b/red/k', '*')).toBe('silent');
    expect(ask([statement], { resource: 'arn:aws:s3:::b//k' })).toBe('silent');
  });

  it.each<[unknown, Principal, Verdict]>([
    ['*', role, 'allow'],
    [{ AWS: '*' }, role, 'allow'],
    [{ AWS: roleArn }, role, 'allow'],
    [{ AWS: role.arn }, role, 'allow'],
    [{ AWS: accountId }, role, 'account'],
    [{ AWS: `arn:aws:iam::${accountId}:root` }, role, 'account'],
    [{ AWS: '210987654321' }, role, 'silent'],
    [{ Service: 'events.amazonaws.com' }, service, 'allow'],
    [{ Service: 'lambda.amazonaws.com' }, service, 'silent'],
    [{ AWS: accountId }, service, 'silent'],
  ])('matches the principal %j', (Principal, principal, expected) => {
    expect(ask([allow({ Principal })], { principal })).toBe(expected);
  });
});

describe('parsePolicy', () => {
  it.each([
    ['{', 'identity', /not JSON/],
    [{ Statement: [] }, 'identity', /no Statement/],
    [{ Version: '2020', Statement: allow() }, 'identity', /version/],
    [{ Statement: allow({ Colour: 1 }) }, 'identity', /Colour/],
    [{ Statement: allow({ Effect: 'Permit' }) }, 'identity', /Allow or Deny/],
    [{ Statement: allow({ Action: 'GetObject' }) }, 'identity', /not an action/],
    [{ Statement: allow({ Resource: undefined }) }, 'identity', /Resource/],
    [{ Statement: allow({ Principal: '*' }) }, 'identity', /no Principal/],
    [{ Statement: allow() }, 'resource', /Principal is required/],
    [{ Statement: when('StringMatches', 'aws:SourceArn', 'x') }, 'identity', /StringMatches is unknown/],
    [{ Statement: when('StringEquals', 'aws:SuorceArn', 'x') }, 'identity', /aws:SuorceArn/],
  ] as const)('refuses %j as %s policy', (document, kind, message) => {
    expect(() => parsePolicy(document, kind)).toThrow(message);
  });

  it('answers any JSON with statements or a PolicyError, and nothing else', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('identity', 'resource', 'trust'), (text, kind) => {
        try {
          expect(parsePolicy(text, kind as 'identity')).toBeInstanceOf(Array);
        } catch (error) {
          expect(error).toHaveProperty('name', 'PolicyError');
        }
      }),
    );
  });
});
