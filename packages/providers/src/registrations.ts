import type { Registration } from './registration.ts';

export type { Registration, RegistrationOutcome, RegistrationRequest } from './registration.ts';

/*
 * Apart from the registry: what is only for people at a terminal, and the API clients it needs, must not be in the zip of
 * a Lambda function.
 */
const REGISTRATIONS: Readonly<Record<string, () => Promise<Registration>>> = {
  github: async () => (await import('./github/register-webhook.ts')).registration,
  gitlab: async () => (await import('./gitlab/register-webhook.ts')).registration,
};

/** The providers whose webhooks can be made through an API. */
export const REGISTRATION_NAMES: readonly string[] = Object.keys(REGISTRATIONS);

/** How a provider's webhooks are made, or `undefined` where it must be done by hand. */
export async function findRegistration(provider: string): Promise<Registration | undefined> {
  return Object.hasOwn(REGISTRATIONS, provider) ? REGISTRATIONS[provider]?.() : undefined;
}
