import { randomInt } from 'node:crypto';
import type { GetRandomPasswordRequest } from '@aws-sdk/client-secrets-manager';
import { ServiceError } from '../cloud/service.ts';

const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const DEFAULT_LENGTH = 32;

/** A password of the kinds asked for, each at least once unless told otherwise. */
export function randomPassword(input: GetRandomPasswordRequest): string {
  const kinds = [
    input.ExcludeLowercase === true ? '' : 'abcdefghijklmnopqrstuvwxyz',
    input.ExcludeUppercase === true ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    input.ExcludeNumbers === true ? '' : '0123456789',
    input.ExcludePunctuation === true ? '' : PUNCTUATION,
    input.IncludeSpace === true ? ' ' : '',
  ]
    .map((kind) => Array.from(kind).filter((character) => !(input.ExcludeCharacters ?? '').includes(character)))
    .filter((kind) => kind.length > 0);
  const length = input.PasswordLength ?? DEFAULT_LENGTH;
  if (kinds.length === 0 || length < kinds.length || length > 4096) {
    throw new ServiceError(
      'InvalidParameterException',
      'No password of this length can be made of the characters left.',
    );
  }
  const required = input.RequireEachIncludedType === false ? [] : kinds.map(pick);
  const rest = Array.from({ length: length - required.length }, () => pick(kinds.flat()));
  return shuffle([...required, ...rest]).join('');
}

function pick(characters: readonly string[]): string {
  return characters[randomInt(characters.length)] ?? '';
}

function shuffle(characters: string[]): string[] {
  for (let index = characters.length - 1; index > 0; index -= 1) {
    const other = randomInt(index + 1);
    const kept = characters[index] ?? '';
    characters[index] = characters[other] ?? '';
    characters[other] = kept;
  }
  return characters;
}
