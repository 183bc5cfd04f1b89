import type * as ssm from '@aws-sdk/client-ssm';
import { operation } from '../cloud/operation.ts';
import type { Principal } from '../cloud/principal.ts';
import { type Permission, type Service, ServiceError } from '../cloud/service.ts';
import { invalid, refuseOthers } from './errors.ts';
import { page } from './page.ts';
import { isBelow } from './parameter-filters.ts';
import type { ParameterRecord, ParameterVersion } from './parameter-record.ts';
import { newest, type ParameterStore } from './parameter-store.ts';
import { putParameter } from './put-parameter.ts';
import { decryptValue } from './secure-value.ts';

/** Names in one GetParameters or DeleteParameters. */
const MAX_NAMES = 10;
/** Both the default and the most of GetParametersByPath. */
const PATH_PAGE = 10;

/** Values: put, get, delete. */
export function valueOperations(store: ParameterStore): Service['operations'] {
  const each = (action: string) => (input: { Names: readonly string[] | undefined }) =>
    (input.Names ?? []).map((name) => store.permission(action, name));
  return {
    PutParameter: operation(
      (input: ssm.PutParameterRequest): Permission[] => [
        store.permission('PutParameter', input.Name, { 'ssm:Overwrite': String(input.Overwrite ?? false) }),
        ...((input.Tags ?? []).length === 0 ? [] : [store.permission('AddTagsToResource', input.Name)]),
      ],
      (input, call) => putParameter(store, input, call),
    ),
    GetParameter: operation(
      (input: ssm.GetParameterRequest) => [store.permission('GetParameter', input.Name)],
      async (input, { principal }): Promise<ssm.GetParameterResult> => ({
        Parameter: await read(store, principal, input.Name, input.WithDecryption),
      }),
    ),
    GetParameters: operation(each('GetParameters'), (input: ssm.GetParametersRequest, { principal }) =>
      getParameters(store, input, principal),
    ),
    GetParametersByPath: operation(
      (input: ssm.GetParametersByPathRequest) => [
        store.permission('GetParametersByPath', input.Path, { 'ssm:Recursive': String(input.Recursive ?? false) }),
      ],
      (input, { principal }) => getParametersByPath(store, input, principal),
    ),
    DeleteParameter: operation(
      (input: ssm.DeleteParameterRequest) => [store.permission('DeleteParameter', input.Name)],
      (input): ssm.DeleteParameterResult => {
        store.parameters.delete(store.find(input.Name).name);
        return {};
      },
    ),
    DeleteParameters: operation(
      each('DeleteParameters'),
      (input: ssm.DeleteParametersRequest): ssm.DeleteParametersResult => {
        const { found, missing } = divide(input.Names, (name) => store.find(name));
        for (const [, { name }] of found) store.parameters.delete(name);
        return { DeletedParameters: found.map(([name]) => name), InvalidParameters: missing };
      },
    ),
  };
}

async function getParameters(
  store: ParameterStore,
  input: ssm.GetParametersRequest,
  principal: Principal,
): Promise<ssm.GetParametersResult> {
  const { found, missing } = divide(input.Names, (name) => store.findVersion(name));
  const Parameters = await Promise.all(found.map(([name]) => read(store, principal, name, input.WithDecryption)));
  return { Parameters, InvalidParameters: missing };
}

async function getParametersByPath(
  store: ParameterStore,
  input: ssm.GetParametersByPathRequest,
  principal: Principal,
): Promise<ssm.GetParametersByPathResult> {
  refuseOthers(input, ['Path', 'Recursive', 'WithDecryption', 'MaxResults', 'NextToken']);
  const path = input.Path ?? '';
  if (!path.startsWith('/')) throw invalid('The parameter path must begin with a slash, as in /a/b.');
  const below = [...store.parameters.values()].filter(({ name }) => isBelow(path, name, input.Recursive === true));
  const { items, next } = page(below, input.NextToken, input.MaxResults, PATH_PAGE);
  const Parameters = await Promise.all(
    items.map((parameter) => view(store, principal, parameter, newest(parameter), input.WithDecryption)),
  );
  return { Parameters, ...next };
}

/** Which names have what `find` finds; each may be asked for once. */
function divide<T>(
  names: readonly string[] = [],
  find: (name: string) => T,
): { found: [string, T][]; missing: string[] } {
  if (names.length < 1 || names.length > MAX_NAMES)
    throw invalid(`1 to ${MAX_NAMES} names are taken, not ${names.length}`);
  if (new Set(names).size < names.length) throw invalid('A name is there twice.');
  const found: [string, T][] = [];
  const missing: string[] = [];
  for (const name of names) {
    try {
      found.push([name, find(name)]);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      missing.push(name);
    }
  }
  return { found, missing };
}

async function read(
  store: ParameterStore,
  principal: Principal,
  id: string | undefined,
  withDecryption: boolean | undefined,
): Promise<ssm.Parameter> {
  const { parameter, version, selector } = store.findVersion(id);
  const seen = await view(store, principal, parameter, version, withDecryption);
  return { ...seen, ...(selector !== undefined && { Selector: selector }) };
}

async function view(
  store: ParameterStore,
  principal: Principal,
  { name }: ParameterRecord,
  version: ParameterVersion,
  withDecryption = false,
): Promise<ssm.Parameter> {
  const ARN = store.arn(name);
  const isToDecrypt = version.type === 'SecureString' && withDecryption;
  return {
    Name: name,
    Type: version.type,
    Value: isToDecrypt ? await decryptValue(store.cloud, principal, ARN, version.value) : version.value,
    Version: version.version,
    LastModifiedDate: new Date(version.modifiedAt),
    ARN,
    DataType: 'text',
  };
}
