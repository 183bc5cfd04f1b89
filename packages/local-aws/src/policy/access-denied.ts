import type { Principal } from '../cloud/principal.ts';
import { type Permission, ServiceError, type ServiceName } from '../cloud/service.ts';

/** Services that name the error `AccessDenied`; the others say `AccessDeniedException`. */
const SHORT_NAME = new Set<ServiceName>(['cloudformation', 'cloudwatch', 'ec2', 'iam', 's3', 'sns', 'sts']);
const FORBIDDEN_STATUS = new Set<ServiceName>([...SHORT_NAME, 'apigateway', 'apigatewayv2', 'lambda', 'sqs']);

export function accessDenied(
  service: ServiceName,
  principal: Principal,
  permission: Permission,
  reason: string,
): ServiceError {
  const message =
    `User: ${principal.arn} is not authorized to perform: ${permission.action} on resource: ` +
    `${permission.resource} because ${reason}`;
  const code = SHORT_NAME.has(service) ? 'AccessDenied' : 'AccessDeniedException';
  return new ServiceError(code, message, FORBIDDEN_STATUS.has(service) ? 403 : 400);
}
