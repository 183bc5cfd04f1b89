import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { GithubApp } from '@gitsource/runtime';
import { ProvidersError } from '../errors.ts';

/** Clocks that run apart: GitHub recommends to look back by a minute. */
const BACK_SECONDS = 60;
/** At most ten minutes after the issue. */
const VALID_SECONDS = 540;

/**
 * What an app proves itself with when it asks for an installation's token: RS256, valid from a minute ago for nine.
 * https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 * Throws `providers/app-key-invalid`.
 */
export function createAppJwt({ appId, privateKey }: GithubApp, nowMs: number): string {
  const now = Math.floor(nowMs / 1000);
  const iat = now - BACK_SECONDS;
  const unsigned = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ iat, exp: iat + VALID_SECONDS, iss: appId })}`;
  return `${unsigned}.${sign('RSA-SHA256', Buffer.from(unsigned), readKey(privateKey)).toString('base64url')}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function readKey(pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // OpenSSL's words say nothing to those who have to act.
  }
  if (key?.asymmetricKeyType === 'rsa') return key;
  throw new ProvidersError(
    'providers/app-key-invalid',
    'The "githubApp.privateKey" of the connection is no RSA private key. Store the whole .pem file that GitHub gave for the app.',
  );
}
