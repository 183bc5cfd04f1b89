import type { Call, Permission, ServiceName } from './service.ts';

/** Decides whether a call may go on; throws AccessDenied by the service's own name for it. */
export interface Authorizer {
  authorize(call: Call, service: ServiceName, permissions: readonly Permission[]): void;
}
