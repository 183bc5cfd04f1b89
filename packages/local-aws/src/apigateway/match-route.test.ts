import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpApiRecord } from './http-api-record.ts';
import { matchRoute } from './match-route.ts';

/** An API with these routes, in this order. */
function apiWith(...keys: string[]): HttpApiRecord {
  const routes = Object.fromEntries(keys.map((RouteKey, index) => [String(index), { RouteKey }]));
  const settings = { Name: 'x' };
  return { apiId: 'x', createdAt: 0, settings, tags: {}, integrations: {}, routes, stages: {} };
}

const PETS = apiWith(
  '$default',
  'ANY /{proxy+}',
  'GET /pets/{proxy+}',
  'GET /pets/dog/{id}',
  'ANY /pets/dog/{id}',
  'GET /pets/dog/1',
);

describe('matchRoute', () => {
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
  it.each([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1', {}],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}', { id: '2' }],
    ['POST', '/pets/dog/2', 'ANY /pets/dog/{id}', { id: '2' }],
    ['GET', '/pets/cat/1', 'GET /pets/{proxy+}', { proxy: 'cat/1' }],
    ['POST', '/test/5', 'ANY /{proxy+}', { proxy: 'test/5' }],
    ['GET', '/', '$default', {}],
  ])('takes %s %s by the most specific route: %s', (method, path, routeKey, pathParameters) => {
    expect(matchRoute(PETS, method, path)).toMatchObject({ routeKey, pathParameters });
  });

  it.each([
    ['another method', 'GET', '/a/b'],
    ['a part too many', 'POST', '/a/b/c'],
    ['a part too few', 'POST', '/a'],
    ['an empty part', 'POST', '/a/'],
    ['another case', 'POST', '/A/b'],
    ['nothing', 'POST', ''],
  ])('takes nothing for %s', (_name, method, path) => {
    expect(matchRoute(apiWith('POST /a/{name}'), method, path)).toBeUndefined();
  });

  it('gives back what a path was made of, whatever the names', () => {
    const part = fc.string({ minLength: 1 }).filter((text) => !text.includes('/'));
    fc.assert(
      fc.property(part, fc.array(part, { minLength: 1 }), (name, rest) => {
        const matched = matchRoute(apiWith('ANY /x/{name}/{rest+}'), 'PUT', `/x/${name}/${rest.join('/')}`);
        expect(matched?.pathParameters).toEqual({ name, rest: rest.join('/') });
      }),
    );
  });
});
