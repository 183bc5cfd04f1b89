import type { ResourceContext } from '../resources/resource-type.ts';
import { isList, isObject, type Json } from '../template/json.ts';
import { TemplateError } from '../template/template-error.ts';

const REFERENCE = /\{\{resolve:([^}]*)\}\}/g;

/**
 * `{{resolve:secretsmanager:id:SecretString:key:stage:version}}` and `{{resolve:ssm:name:version}}` in any string, read as
 * the stack's caller. No `ssm-secure`.
 */
export async function resolveDynamicReferences(value: Json, context: ResourceContext): Promise<Json> {
  if (typeof value === 'string') return resolveText(value, context);
  if (isList(value)) return Promise.all(value.map((item) => resolveDynamicReferences(item, context)));
  if (!isObject(value)) return value;
  const entries = await Promise.all(
    Object.entries(value).map(
      async ([key, item]): Promise<[string, Json]> => [key, await resolveDynamicReferences(item, context)],
    ),
  );
  return Object.fromEntries(entries);
}

async function resolveText(text: string, context: ResourceContext): Promise<string> {
  let result = '';
  let end = 0;
  for (const match of text.matchAll(REFERENCE)) {
    result += text.slice(end, match.index) + (await resolveOne(match[1] ?? '', context));
    end = match.index + match[0].length;
  }
  return result + text.slice(end);
}

async function resolveOne(reference: string, context: ResourceContext): Promise<string> {
  const [service, ...rest] = reference.split(':');
  if (service === 'ssm') return resolveParameter(rest.join(':'), context);
  if (service !== 'secretsmanager')
    throw new TemplateError(`Dynamic references to ${service} are not supported here; secretsmanager and ssm are`);
  // A secret's ARN has colons of its own: arn:aws:secretsmanager:region:account:secret:name
  const idParts = rest[0] === 'arn' ? 7 : 1;
  const secretId = rest.slice(0, idParts).join(':');
  const [kind = 'SecretString', key = '', stage = '', version = ''] = rest.slice(idParts);
  if (kind !== '' && kind !== 'SecretString')
    throw new TemplateError(`Dynamic reference {{resolve:${reference}}}: only SecretString can be resolved`);
  const secret = await context.call<{ SecretString?: string }>('secretsmanager', 'GetSecretValue', {
    SecretId: secretId,
    VersionStage: stage === '' ? undefined : stage,
    VersionId: version === '' ? undefined : version,
  });
  const text = secret.SecretString;
  if (text === undefined) throw new TemplateError(`Secret ${secretId} has no SecretString`);
  return key === '' ? text : member(text, key, secretId);
}

async function resolveParameter(name: string, context: ResourceContext): Promise<string> {
  const { Parameter } = await context.call<{ Parameter: { Type: string; Value: string } }>('ssm', 'GetParameter', {
    Name: name,
  });
  if (Parameter.Type !== 'SecureString') return Parameter.Value;
  throw new TemplateError(`Dynamic reference {{resolve:ssm:${name}}}: a SecureString cannot be resolved here`);
}

function member(text: string, key: string, secretId: string): string {
  const value: unknown = parseObject(text, secretId);
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
    throw new TemplateError(`Could not find a value associated with JSONKey ${key} in SecretString of ${secretId}`);
  }
  const found: unknown = Reflect.get(value, key);
  return typeof found === 'string' ? found : JSON.stringify(found);
}

function parseObject(text: string, secretId: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TemplateError(`SecretString of ${secretId} is not JSON, so it has no keys`);
  }
}
