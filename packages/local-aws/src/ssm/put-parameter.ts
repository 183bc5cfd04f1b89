import type * as ssm from '@aws-sdk/client-ssm';
import type { Call } from '../cloud/service.ts';
import { ServiceError } from '../cloud/service.ts';
import { invalid, refuseOthers } from './errors.ts';
import { checkNewName } from './parameter-name.ts';
import type { ParameterRecord, ParameterType, ParameterVersion } from './parameter-record.ts';
import { newest, type ParameterStore } from './parameter-store.ts';
import { DEFAULT_KEY, encryptValue } from './secure-value.ts';
import { readTags } from './tags.ts';

/** https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm */
const MAX_VALUE_BYTES = 4096;
const MAX_VERSIONS = 100;
const MAX_DESCRIPTION_CHARACTERS = 1024;
const TYPES: readonly string[] = ['String', 'StringList', 'SecureString'] satisfies readonly ParameterType[];
const READ = ['Name', 'Value', 'Type', 'Description', 'KeyId', 'Overwrite', 'Tags', 'Tier', 'DataType'];

/** Makes a parameter, or with Overwrite its next version. */
export async function putParameter(
  store: ParameterStore,
  input: ssm.PutParameterRequest,
  { principal }: Call,
): Promise<ssm.PutParameterResult> {
  const { name, value, before } = readRequest(store, input);
  const type = readType(input.Type, before);
  const keyId = type === 'SecureString' ? (input.KeyId ?? keyIdOf(before) ?? DEFAULT_KEY) : undefined;
  if (keyId === undefined && input.KeyId !== undefined) throw invalid(`KeyId is for a SecureString, not for a ${type}`);
  const stored =
    keyId === undefined ? value : await encryptValue(store.cloud, principal, store.arn(name), keyId, value);
  // Read anew: another call may have been faster while KMS was asked.
  const parameter = store.lookup(name) ?? { name, versions: [], tags: readTags(input.Tags) };
  if (parameter.versions.length > 0 && input.Overwrite !== true) throw alreadyExists();
  const description = input.Description ?? parameter.versions.at(-1)?.description;
  const version: ParameterVersion = {
    version: (parameter.versions.at(-1)?.version ?? 0) + 1,
    type,
    value: stored,
    ...(keyId !== undefined && { keyId }),
    ...(description !== undefined && { description }),
    modifiedBy: principal.arn,
    modifiedAt: store.cloud.now(),
  };
  parameter.versions = [...parameter.versions, version].slice(-MAX_VERSIONS);
  store.save(parameter);
  return { Version: version.version, Tier: 'Standard' };
}

function readRequest(store: ParameterStore, input: ssm.PutParameterRequest) {
  refuseOthers(input, READ);
  const name = (input.Name ?? '').trim();
  const value = input.Value ?? '';
  checkNewName(name);
  if (value === '') throw invalid('The value of a parameter has at least one character.');
  if ((input.Tier ?? 'Standard') !== 'Standard') {
    throw invalid(`local-aws has parameters of the tier Standard, not ${input.Tier}`);
  }
  if ((input.DataType ?? 'text') !== 'text')
    throw invalid(`local-aws has values of the type text, not ${input.DataType}`);
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
    throw invalid(
      `Standard tier parameters support a maximum parameter value of ${MAX_VALUE_BYTES} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`,
    );
  }
  if ((input.Description ?? '').length > MAX_DESCRIPTION_CHARACTERS) {
    throw invalid(`A description has at most ${MAX_DESCRIPTION_CHARACTERS} characters.`);
  }
  if (input.Overwrite === true && (input.Tags ?? []).length > 0) {
    throw invalid("Invalid request: tags and overwrite can't be used together.");
  }
  const before = store.lookup(name);
  if (before !== undefined && input.Overwrite !== true) throw alreadyExists();
  return { name, value, before };
}

function readType(type: string | undefined, before: ParameterRecord | undefined): ParameterType {
  const known = before === undefined ? undefined : newest(before).type;
  const wanted = type ?? known;
  if (wanted === undefined) throw invalid('A parameter type is required when you create a parameter.');
  if (!isType(wanted)) throw new ServiceError('UnsupportedParameterType', `${wanted} is none of ${TYPES.join(', ')}.`);
  if (known !== undefined && known !== wanted) {
    throw new ServiceError(
      'HierarchyTypeMismatchException',
      `The type of a parameter cannot be changed, from ${known} to ${wanted}: make another parameter`,
    );
  }
  return wanted;
}

function isType(type: string): type is ParameterType {
  return TYPES.includes(type);
}

function keyIdOf(before: ParameterRecord | undefined): string | undefined {
  return before === undefined ? undefined : newest(before).keyId;
}

function alreadyExists(): ServiceError {
  return new ServiceError(
    'ParameterAlreadyExists',
    'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  );
}
