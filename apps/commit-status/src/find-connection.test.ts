import type { Connection } from '@gitsource/runtime';
import { describe, expect, it } from 'vitest';
import { findConnection } from './find-connection.ts';
import type { SourceRepository } from './source-repository.ts';

/** Connections of one host by name, with what each may do. */
function connections(rules: Record<string, Partial<Connection>>): Connection[] {
  return Object.entries(rules).map(([name, rule]) => {
    return { name, provider: 'gitlab', host: 'git.example.com', password: 'token', ...rule };
  });
}

function found(rules: Record<string, Partial<Connection>>, repository: Partial<SourceRepository> = {}) {
  const result = findConnection(connections(rules), { path: 'team/app', host: 'git.example.com', ...repository });
  return result && [result.connection.name, ...result.equals.map(({ name }) => name)];
}

describe('findConnection', () => {
  it('takes the one that is most specific about the path', () => {
    const rules = {
      all: {},
      any: { allowedRepositories: ['**'] },
      team: { allowedRepositories: ['team/*', 'x'] },
      app: { allowedRepositories: ['team/a*'] },
      exact: { allowedRepositories: ['other/*', 'team/app'] },
    };
    const order = ['exact', 'app', 'team', 'any', 'all'] as const;

    for (const [index, name] of order.entries()) {
      const left = Object.fromEntries(order.slice(index).map((rule) => [rule, rules[rule]]));
      expect(found(left)).toEqual([name]);
    }
  });

  it('takes a host with its port before one without, and names equals in the order of their names', () => {
    const rules = { b: {}, a: {}, port: { host: 'git.example.com:8443' } };

    expect(found(rules, { port: 8443 })).toEqual(['port']);
    expect(found(rules, { port: 443 })).toEqual(['a', 'b']);
    expect(found(rules)).toEqual(['a', 'b', 'port']);
  });

  it('takes none that is of another host or provider, that may not, or that has no credentials for an API', () => {
    expect(found({ one: { host: 'git.example.org' } })).toBeUndefined();
    expect(found({ one: { allowedRepositories: ['team/other'] } })).toBeUndefined();
    expect(found({ one: {} }, { provider: 'github' })).toBeUndefined();
    expect(
      findConnection([{ name: 'key', provider: 'gitlab', host: 'git.example.com' }], { path: 'a/b' }),
    ).toBeUndefined();
  });

  it('knows a server by the host of its SSH as well, for what is fetched over SSH', () => {
    const rules = { one: { sshHost: 'ssh.example.com:7999' } };

    expect(found(rules, { host: 'ssh.example.com' })).toEqual(['one']);
    expect(found(rules, { host: 'ssh.example.com', port: 443 })).toBeUndefined();
  });

  it('goes by the path alone where the source does not tell its host', () => {
    const repository = { path: 'team/app', provider: 'gitlab' };
    const all = connections({
      here: { host: 'a.example', allowedRepositories: ['team/*'] },
      there: { host: 'b.example' },
    });

    expect(findConnection(all, repository)?.connection.name).toBe('here');
  });
});
