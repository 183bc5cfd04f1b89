import { operation } from '../cloud/operation.ts';
import type { Service } from '../cloud/service.ts';
import { notFound } from './gateway-error.ts';
import type { HttpApiRecord } from './http-api-record.ts';
import { type HttpApiStore, newId } from './http-api-store.ts';
import { itemsPage } from './page.ts';

/** One kind of what an API consists of: its integrations, routes or stages. */
export interface ChildKind<R, Input extends object> {
  /** `Route`, for CreateRoute, GetRoute, GetRoutes, UpdateRoute, DeleteRoute. */
  readonly name: string;
  /** `RouteId` */
  readonly idMember: string;
  readonly records: (api: HttpApiRecord) => Record<string, R>;
  /** ID of a new one; default: a random one. */
  readonly newId?: (api: HttpApiRecord, input: Input) => string;
  /** The record from a request, over what was before; refuses what is not simulated. */
  readonly read: (api: HttpApiRecord, input: Input, before: R | undefined) => R;
  readonly view: (id: string, record: R) => object;
  /** Throws where others still need it. */
  readonly checkUnused?: (api: HttpApiRecord, id: string) => void;
}

/** The five operations that each kind has. */
export function childOperations<R, Input extends object>(
  store: HttpApiStore,
  kind: ChildKind<R, Input>,
): Service['operations'] {
  const folder = `${kind.name.toLowerCase()}s`;
  const idOf = (input: object) => String((input as Readonly<Record<string, unknown>>)[kind.idMember]);
  const find = (api: HttpApiRecord, id: string): R => {
    const records = kind.records(api);
    const found = Object.hasOwn(records, id) ? records[id] : undefined;
    if (found === undefined) throw notFound(`Invalid ${kind.name} identifier specified ${id}`);
    return found;
  };
  const onAll = (method: string) => (input: { ApiId: string }) =>
    store.permission(method, `/apis/${input.ApiId}/${folder}`);
  const onOne = (method: string) => (input: { ApiId: string }) =>
    store.permission(method, `/apis/${input.ApiId}/${folder}/${idOf(input)}`);
  const put = (api: HttpApiRecord, id: string, record: R): object => {
    kind.records(api)[id] = record;
    store.save(api);
    return kind.view(id, record);
  };
  return {
    [`Create${kind.name}`]: operation(onAll('POST'), (input: Input & { ApiId: string }) => {
      const api = store.api(input.ApiId);
      const record = kind.read(api, input, undefined);
      return put(api, kind.newId?.(api, input) ?? newId(7), record);
    }),
    [`Get${kind.name}`]: operation(onOne('GET'), (input: { ApiId: string }) =>
      kind.view(idOf(input), find(store.api(input.ApiId), idOf(input))),
    ),
    [`Get${kind.name}s`]: operation(onAll('GET'), (input: { ApiId: string; MaxResults?: string; NextToken?: string }) =>
      itemsPage(
        Object.entries(kind.records(store.api(input.ApiId))).map(([id, record]) => kind.view(id, record)),
        input,
      ),
    ),
    [`Update${kind.name}`]: operation(onOne('PATCH'), (input: Input & { ApiId: string }) => {
      const api = store.api(input.ApiId);
      return put(api, idOf(input), kind.read(api, input, find(api, idOf(input))));
    }),
    [`Delete${kind.name}`]: operation(onOne('DELETE'), (input: { ApiId: string }) => {
      const api = store.api(input.ApiId);
      find(api, idOf(input));
      kind.checkUnused?.(api, idOf(input));
      delete kind.records(api)[idOf(input)];
      store.save(api);
    }),
  };
}
